// aml-miner doctor --config aml-miner.toml
//
// Looks at all that `run` depends on, and says what each finding means and what to do.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <array>
#include <chrono>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "base/error.h"
#include "base/files.h"
#include "base/http_address.h"
#include "base/http_client.h"
#include "base/parse_number.h"
#include "commands/command.h"
#include "commands/command_end.h"
#include "commands/doctor_checks.h"
#include "commands/handed_on.h"
#include "service/configuration.h"

namespace aml::commands {

namespace {

constexpr std::uint64_t kMostReleaseBytes = 1 << 20;
constexpr std::chrono::seconds kPatience{10};

struct DoctorOptions {
  std::string config = "./aml-miner.toml";
  std::string releases_url;
  bool json = false;
};

using Version = std::array<int, 3>;

// "0.1.0" or "v0.1.0".
std::optional<Version> parse_version(std::string_view text) {
  if (text.starts_with('v')) text.remove_prefix(1);
  Version version{};
  for (std::size_t i = 0; i < version.size(); ++i) {
    const std::size_t end = i + 1 < version.size() ? text.find('.') : text.size();
    if (end == std::string_view::npos) return std::nullopt;
    const auto number = parse_number<int>(text.substr(0, end));
    if (!number) return std::nullopt;
    version.at(i) = *number;
    text.remove_prefix(std::min(text.size(), end + 1));
  }
  return version;
}

// The newest release that {"version": …}, {"tag_name": …} or a list of such objects names.
std::optional<std::pair<Version, std::string>> newest_release(const nlohmann::json& json) {
  std::optional<std::pair<Version, std::string>> newest;
  const auto look = [&](const nlohmann::json& release) {
    if (!release.is_object()) return;
    for (const char* name : {"version", "tag_name"}) {
      if (!release.contains(name) || !release[name].is_string()) continue;
      const std::string text = release[name];
      const auto version = parse_version(text);
      if (version && (!newest || *version > newest->first)) newest.emplace(*version, text);
    }
  };
  if (json.is_array()) {
    for (const auto& release : json) look(release);
  }
  look(json);
  return newest;
}

DoctorCheck examine_settings(const std::string& file, const service::Configuration& configuration) {
  try {
    check_handed_on(configuration, service::ServiceOptions::Check::files);
  } catch (const Error& e) {
    return {"settings", Finding::failing, file, e.what(), "mend what is named"};
  }
  return {"settings", Finding::fine, file, "the commands take them", ""};
}

void doctor(const DoctorOptions& options) {
  const service::Configuration configuration = service::read_configuration(options.config);
  DoctorReport report;
  report.add(examine_settings(options.config, configuration));
  const std::vector<std::string> networks = service::all_networks(configuration);
  for (const std::string& network : networks) {
    const service::Configuration one = service::of_network(configuration, network);
    DoctorReport part;
    const auto newest = examine_sot(one, part);
    examine_machine(one, newest, part);
    examine_models(one, part);
    for (DoctorCheck check : part.checks()) {
      if (networks.size() > 1) check.name += " of " + network;
      report.add(std::move(check));
    }
  }
  examine_server(configuration, report);
  examine_miner(configuration, report);
  if (!options.releases_url.empty()) examine_releases(options.releases_url, report);
  print(options.json ? report.json().dump(2) + "\n" : report.text());
  if (const auto end = report.end()) {
    throw CommandEnd(*end, *end == EndCode::refused ? "something fails: days or pay are lost"
                                                    : "something is wanting; all goes on for now");
  }
}

}  // namespace

void examine_releases(const std::string& url, DoctorReport& report) {
  DoctorCheck check{"version", Finding::unknown, url, "", ""};
  try {
    HttpClient client;
    HttpRequest request(kMostReleaseBytes, kPatience);
    request.url = url;
    request.headers = {{"User-Agent", "aml-miner"}, {"Accept", "application/json"}};
    const HttpResponse response = client.send(request);
    const auto newest = newest_release(nlohmann::json::parse(response.body, nullptr, false));
    if (response.status != 200 || !newest) {
      check.means = fmt::format("it names no release (status {})", response.status);
    } else if (newest->first > parse_version(AML_VERSION).value_or(Version{})) {
      check.finding = Finding::wanting;
      check.means = fmt::format("there is {}, and this is {}", newest->second, AML_VERSION);
      check.to_do = "read its CHANGELOG.md, and install it";
    } else {
      check.finding = Finding::fine;
      check.means = fmt::format("{} is the newest", AML_VERSION);
    }
  } catch (const Error& e) {
    check.means = e.what();
  }
  report.add(std::move(check));
}

Action declare_doctor(CLI::App& app) {
  const auto options = std::make_shared<DoctorOptions>();
  app.add_option("--config", options->config,
                 "File of the settings of `run` (default: ./aml-miner.toml)")
      ->option_text("FILE")
      ->envname("AML_CONFIG");
  app.add_option("--releases-url", options->releases_url,
                 "Address of JSON that names releases by version or tag_name, to say whether there "
                 "is a newer one (default: nobody is asked)")
      ->check(CLI::Validator(refuse_http_address, ""))
      ->option_text("URL")
      ->envname("AML_RELEASES_URL");
  app.add_flag("--json", options->json, "JSON instead of text")->envname("AML_JSON");
  return [options] { doctor(*options); };
}

}  // namespace aml::commands
