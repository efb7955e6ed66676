#include "service/configuration.h"

#include <fmt/format.h>
#define TOML_HEADER_ONLY 0
#include <toml++/toml.h>

#include <algorithm>
#include <cmath>
#include <initializer_list>

#include "api/networks.h"
#include "base/error.h"
#include "base/files.h"
#include "base/http_address.h"
#include "base/nearest.h"
#include "base/parse_number.h"
#include "base/path_identity.h"
#include "service/settings.h"

namespace aml::service {

namespace {

constexpr double kBytesPerGb = 1e9;
constexpr int kLongestInterval = 366;  // of retraining, in days

class Reader {
 public:
  explicit Reader(const std::string& file) : file_(file) {}

  Configuration read(const toml::table& root) {
    read_table("", root);
    check_networks();
    check_roots();
    const std::string& url = configuration_.webhooks.url;
    const std::string why = url.empty() ? "" : refuse_http_address(url);
    if (!why.empty()) throw Error(ErrorKind::usage, fmt::format("{}: webhooks.url {}", file_, why));
    check_miner();
    check_training();
    return configuration_;
  }

 private:
  void check_networks() {
    Configuration& c = configuration_;
    const auto refuse = [&](const std::string& what) {
      throw Error(ErrorKind::usage, fmt::format("{}: {}", file_, what));
    };
    if (!c.networks.empty()) {
      if (c.networks.size() > api::kMostNetworks) {
        refuse(fmt::format("networks may be at most {}", api::kMostNetworks));
      }
      for (const std::string& name : c.networks) {
        if (const auto why = api::refuse_network_name(name); !why.empty()) {
          refuse("networks: a name " + why);
        }
        if (std::ranges::count(c.networks, name) > 1) {
          refuse(fmt::format("networks names {} more than once", name));
        }
      }
      const auto first =
          c.network.empty() ? c.networks.begin() : std::ranges::find(c.networks, c.network);
      if (first == c.networks.end()) {
        refuse(fmt::format("network is \"{}\", which is none of networks", c.network));
      }
      std::rotate(c.networks.begin(), first, first + 1);
      c.network = c.networks.front();
    }
    if (c.network.empty() || c.network.find_first_of("/\\") != std::string::npos ||
        c.network[0] == '.') {
      refuse("network must be set to a name such as \"bitcoin\", or networks to several");
    }
  }

  // A batch would take the place of the input it was made from, or of another network's.
  void check_roots() const {
    const std::vector<std::string> networks = all_networks(configuration_);
    for (const std::string& name : networks) {
      const auto input = resolved_path(of_network(configuration_, name).input_root);
      for (const std::string& other : networks) {
        if (input != resolved_path(of_network(configuration_, other).output_root)) continue;
        throw Error(ErrorKind::usage,
                    fmt::format("{}: input-root and output-root are one folder, {}: name two, or "
                                "each batch would take the place of its input",
                                file_, input.string()));
      }
    }
  }

  // That the miner is told where the scores are.
  void check_miner() const {
    const auto has = [](const std::vector<std::string>& options, const char* name) {
      return std::ranges::find(options, name) != options.end();
    };
    if (!configuration_.mines || has(configuration_.mine, "--api")) return;
    const char* why = nullptr;
    if (!configuration_.serves) why = "serve.enabled is false";
    if (has(configuration_.serve, "--tls-cert")) why = "the server speaks TLS under a name";
    if (why == nullptr) return;
    throw Error(ErrorKind::usage, fmt::format("{}: mine.api must be set, since {}", file_, why));
  }

  // Models that came with the program may lie where nobody may write, and are another's on upgrade.
  void check_training() const {
    if (configuration_.training.every_days == 0) return;
    if (std::ranges::find(configuration_.process, "--model-version") !=
        configuration_.process.end()) {
      throw Error(ErrorKind::usage,
                  fmt::format("{}: process.model-version must not be set with train.retrain: days "
                              "would be scored by that version, whichever is promoted",
                              file_));
    }
    if (!configuration_.models_dir.empty()) return;
    throw Error(ErrorKind::usage,
                fmt::format("{}: models-dir must be set for train.retrain: to a folder of your own "
                            "with the three models, in which a challenger takes their place",
                            file_));
  }

  [[noreturn]] void refuse(const toml::node& node, std::string_view key,
                           const std::string& what) const {
    throw Error(ErrorKind::usage,
                fmt::format("{}:{}: {} {}", file_, node.source().begin.line, key, what));
  }

  static std::string full_name(std::string_view table, std::string_view key) {
    return table.empty() ? std::string(key) : fmt::format("{}.{}", table, key);
  }

  void read_table(std::string_view name, const toml::table& table) {
    for (const auto& [toml_key, node] : table) {
      const std::string_view key = toml_key.str();
      if (name.empty() && node.is_table() && is_table(key)) {
        read_table(key, *node.as_table());
        continue;
      }
      if (name.empty() && is_table(key)) {
        refuse(node, key, fmt::format("is a table: write [{}] on a line of its own, once", key));
      }
      const auto settings = all_settings();
      const auto found = std::ranges::find_if(
          settings, [&](const Setting& s) { return s.table == name && s.key == key; });
      if (found == settings.end()) refuse_unknown(name, key, node);
      take(*found, node);
    }
  }

  static bool is_table(std::string_view name) {
    return std::ranges::any_of(all_settings(),
                               [&](const Setting& s) { return !name.empty() && s.table == name; });
  }

  void refuse_unknown(std::string_view table, std::string_view key, const toml::node& node) const {
    std::vector<std::string> known;
    for (const Setting& setting : all_settings()) {
      if (setting.table == table) known.emplace_back(setting.key);
      if (table.empty()) known.emplace_back(setting.table);
    }
    refuse(node, full_name(table, key), "is no setting" + did_you_mean(key, known));
  }

  static std::string number_text(double value) {
    return value == std::floor(value) && std::abs(value) < 1e15 ? fmt::format("{:.0f}", value)
                                                                : fmt::format("{}", value);
  }

  double number_of(const Setting& setting, const toml::node& node) const {
    const std::string name = full_name(setting.table, setting.key);
    const bool is_whole = setting.type == SettingType::integer;
    const std::string allowed = fmt::format(
        "must be {} from {} to {}", is_whole ? "a whole number" : "a number",
        number_text(setting.least), setting.most > 1e300 ? "any" : number_text(setting.most));
    if (!node.is_integer() && (is_whole || !node.is_floating_point())) refuse(node, name, allowed);
    const double value = node.value<double>().value_or(NAN);
    // What is no number is in no range.
    if (!(value >= setting.least && value <= setting.most)) refuse(node, name, allowed);
    return value;
  }

  std::string text_of(const Setting& setting, const toml::node& node) const {
    const auto text = node.value_exact<std::string>();
    if (!text || text->empty() || text->find('\0') != std::string::npos) {
      refuse(node, full_name(setting.table, setting.key), "must be a text in quotes, not empty");
    }
    return *text;
  }

  // Of the table named after `train`, those that are no options of that command.
  static bool is_of_service(const Setting& setting) {
    constexpr std::string_view kOwn[] = {"retrain",     "promote",          "most-days",
                                         "judged-days", "keep-challengers", "timeout-seconds"};
    return setting.table == "train" && std::ranges::find(kOwn, setting.key) != std::end(kOwn);
  }

  // Where the options of a command that a table is named after go; null for other settings.
  std::vector<std::string>* options_of(const Setting& setting) {
    if (setting.key == "enabled" || is_of_service(setting)) return nullptr;
    if (setting.table == "train") return &configuration_.train;
    if (setting.table == "download") return &configuration_.download;
    if (setting.table == "process") return &configuration_.process;
    if (setting.table == "check") return &configuration_.check;
    if (setting.table == "serve") return &configuration_.serve;
    return setting.table == "mine" ? &configuration_.mine : nullptr;
  }

  // Hands an option on, where it is one of a command.
  bool hand_on(const Setting& setting, std::initializer_list<std::string> value) {
    std::vector<std::string>* const options = options_of(setting);
    if (options == nullptr) return false;
    options->push_back(fmt::format("--{}", setting.key));
    options->insert(options->end(), value);
    return true;
  }

  void take(const Setting& setting, const toml::node& node) {
    switch (setting.type) {
      case SettingType::text:
        if (setting.table == "train" && is_of_service(setting)) {
          take_training(setting, node);
        } else {
          take_text(setting, text_of(setting, node));
        }
        break;
      case SettingType::texts:
        take_texts(setting, node);
        break;
      case SettingType::flag: {
        const auto value = node.value_exact<bool>();
        if (!value) {
          refuse(node, full_name(setting.table, setting.key), "must be true or false");
        }
        take_flag(setting, *value);
        break;
      }
      case SettingType::integer:
      case SettingType::number:
        take_number(setting, number_of(setting, node));
        break;
    }
  }

  void take_texts(const Setting& setting, const toml::node& node) {
    const toml::array* const list = node.as_array();
    if (list == nullptr) {
      refuse(node, full_name(setting.table, setting.key), "must be a list of texts in quotes");
    }
    for (const toml::node& item : *list) {
      const std::string text = text_of(setting, item);
      if (hand_on(setting, {text})) continue;
      if (setting.key == "validators") {
        const std::string why = refuse_http_base(text);
        if (!why.empty()) refuse(node, "webhooks.validators", why);
        configuration_.validators.push_back(text);
      } else if (setting.table == "webhooks") {
        check_event(node, text);
        configuration_.webhooks.events.push_back(text);
      } else {
        configuration_.networks.push_back(text);
      }
    }
  }

  void check_event(const toml::node& node, const std::string& text) const {
    if (std::ranges::find(kEvents, text) != std::end(kEvents)) return;
    refuse(node, "webhooks.events", fmt::format("may be {}", fmt::join(kEvents, ", ")));
  }

  void take_flag(const Setting& setting, bool value) {
    if (options_of(setting) != nullptr) {
      if (value) hand_on(setting, {});
    } else if (setting.table == "check") {
      configuration_.checks = value;
    } else if (setting.table == "serve") {
      configuration_.serves = value;
    } else {
      configuration_.mines = value;
    }
  }

  void take_text(const Setting& setting, const std::string& text) {
    if (hand_on(setting, {text})) return;
    if (setting.key == "network") configuration_.network = text;
    if (setting.key == "secret-file") configuration_.webhooks.secret_file = text;
    if (setting.key == "url") configuration_.webhooks.url = text;
    if (setting.key == "sot") configuration_.sot = text;
    if (setting.key == "models-dir") configuration_.models_dir = text;
    if (setting.key == "input-root") configuration_.input_root = text;
    if (setting.key == "output-root") configuration_.output_root = text;
  }

  void take_training(const Setting& setting, const toml::node& node) {
    const std::string text = text_of(setting, node);
    TrainingRules& rules = configuration_.training;
    if (setting.key == "promote") {
      if (text != "ask" && text != "auto") refuse(node, "train.promote", "may be ask, auto");
      rules.promotes = text == "auto";
      return;
    }
    const auto days = text == "off"      ? 0
                      : text == "daily"  ? 1
                      : text == "weekly" ? 7
                                         : parse_number<int>(text).value_or(-1);
    if (days < 0 || days > kLongestInterval || (days == 0 && text != "off")) {
      refuse(node, "train.retrain",
             fmt::format("may be off, daily, weekly or a number of days from \"1\" to \"{}\"",
                         kLongestInterval));
    }
    rules.every_days = days;
  }

  void take_number(const Setting& setting, double value) {
    if (hand_on(setting, {number_text(value)})) return;
    const auto whole = static_cast<int>(std::min(value, 1e9));
    const auto ms = std::chrono::milliseconds(static_cast<std::int64_t>(value * 1000));
    const auto bytes = static_cast<std::uint64_t>(std::ceil(value * kBytesPerGb));
    const std::string name = full_name(setting.table, setting.key);
    Configuration& c = configuration_;
    if (name == "days") c.days = whole;
    if (name == "schedule.poll-seconds") c.poll = ms;
    if (name == "schedule.late-after-hours") {
      c.late_after = std::chrono::duration_cast<std::chrono::seconds>(ms * 3600);
    }
    if (name == "schedule.catch-up-days") c.schedule.catch_up_days = whole;
    if (name == "retention.input-days") c.inputs.days = whole;
    if (name == "retention.input-gb") c.inputs.bytes = bytes;
    if (name == "retention.output-days") c.outputs.days = whole;
    if (name == "retention.output-gb") c.outputs.bytes = bytes;
    if (name == "webhooks.attempts") c.webhooks.attempts = whole;
    if (name == "webhooks.timeout-seconds") c.webhooks.timeout = ms;
    if (name == "train.most-days") c.training.most_days = whole;
    if (name == "train.judged-days") c.training.judged_days = whole;
    if (name == "train.keep-challengers") c.training.keep = whole;
    if (name == "train.timeout-seconds") c.training.timeout = ms;
    if (name == "stages.nice") c.limits.nice = whole;
    if (name == "stages.timeout-seconds") c.limits.timeout = ms;
    if (name == "stages.address-space-gb") c.limits.address_space = bytes;
  }

  const std::string& file_;
  Configuration configuration_;
};

}  // namespace

Configuration of_network(const Configuration& configuration, const std::string& network) {
  Configuration one = configuration;
  if (configuration.networks.empty()) return one;
  one.network = network;
  one.networks.clear();
  one.is_one_of_several = configuration.networks.size() > 1;
  one.input_root /= network;
  one.output_root /= network;
  return one;
}

std::vector<std::string> all_networks(const Configuration& configuration) {
  return configuration.networks.empty() ? std::vector<std::string>{configuration.network}
                                        : configuration.networks;
}

Configuration parse_configuration(std::string_view text, const std::string& file) {
  try {
    return Reader(file).read(toml::parse(text));
  } catch (const toml::parse_error& e) {
    throw Error(ErrorKind::usage,
                fmt::format("{}:{}: {}", file, e.source().begin.line, e.description()));
  }
}

Configuration read_configuration(const std::filesystem::path& file) {
  return parse_configuration(read_file(file, kMostConfigurationBytes), file.string());
}

}  // namespace aml::service
