#include "service/verdict_watch.h"

#include <fmt/format.h>

#include <map>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/date.h"
#include "base/error.h"
#include "base/file_system.h"
#include "base/files.h"
#include "base/http_client.h"
#include "base/log.h"

namespace aml::service {

namespace {

constexpr std::uint64_t kMostVerdictBytes = 8 << 20;
constexpr std::chrono::seconds kPatience{10};
constexpr std::chrono::minutes kVerdictInterval{60};
// Where the miner is not up yet.
constexpr std::chrono::seconds kSoon{10};

std::string get(const std::string& url) {
  HttpClient client;
  HttpRequest request(kMostVerdictBytes, kPatience);
  request.url = url;
  request.headers = {{"User-Agent", "aml-miner"}};
  const HttpResponse response = client.send(request);
  if (response.status == 200) return response.body;
  throw Error(ErrorKind::unavailable, fmt::format("it answered {}", response.status));
}

std::string name_of(const DayVerdict& verdict) {
  return verdict.processing_date + "/" + verdict.stage;
}

std::string without_slash(std::string url) {
  while (url.ends_with('/')) url.pop_back();
  return url;
}

}  // namespace

std::vector<DayVerdict> newest_verdicts(std::string_view history) {
  const auto json = nlohmann::json::parse(history, nullptr, /*allow_exceptions=*/false);
  const auto refuse = [] {
    return Error(ErrorKind::bad_input, "it is no history of a miner (/miners/{hotkey}/history)");
  };
  if (!json.is_object() || !json.contains("history") || !json["history"].is_array()) throw refuse();
  std::map<Date, std::map<std::string, DayVerdict>> days;
  try {
    for (const auto& day : json["history"]) {
      const auto date = Date::parse(day.at("processing_date").get_ref<const std::string&>());
      const auto& stage = day.at("stage").get_ref<const std::string&>();
      if (!date || (stage != "day" && stage != "truth")) throw refuse();
      // What was set aside for the validator's own reasons is no verdict on us.
      const bool is_judged = !day.value("set_aside", false);
      const bool is_zero = is_judged && day.at("final_score").get<double>() <= 0;
      days[*date].insert_or_assign(stage, DayVerdict{date->text(), stage, is_zero});
      if (days.size() > kMostVerdictDays) days.erase(days.begin());
    }
  } catch (const nlohmann::json::exception&) {
    throw refuse();
  }
  std::vector<DayVerdict> verdicts;
  for (const auto& [date, stages] : days) {
    for (const auto& [stage, verdict] : stages) verdicts.push_back(verdict);
  }
  return verdicts;
}

ToldVerdicts read_told_verdicts(const std::filesystem::path& file) {
  try {
    if (!file_size_if_exists(file)) return {};
    return nlohmann::json::parse(read_file(file, kMostToldBytes)).get<ToldVerdicts>();
  } catch (const Error& e) {
    log::warning(e.what());
  } catch (const nlohmann::json::exception& e) {
    log::warning("which verdicts were told of cannot be read, and is begun anew",
                 {{"file", file.string()}, {"reason", e.what()}});
  }
  return {};
}

// Whoever sends the messages comes back to it by threads of its own.
struct VerdictWatch::Told {
  std::mutex mutex;
  ToldVerdicts verdicts;
  ToldVerdicts waiting;        // messages on their way
  std::filesystem::path file;  // that `verdicts` was read from

  // From now on those of this file, and of these validators alone. REQUIRES: the mutex is held.
  void choose(const std::filesystem::path& other, const std::set<std::string>& names) {
    if (file != other) {
      file = other;
      verdicts = read_told_verdicts(file);
    }
    std::erase_if(verdicts, [&](const auto& one) { return !names.contains(one.first); });
    std::erase_if(waiting, [](const auto& one) { return one.second.empty(); });
  }

  // REQUIRES: the mutex is held.
  void write() const {
    if (file.empty()) return;
    try {
      make_folders(file.parent_path());
      const nlohmann::ordered_json json(verdicts);
      write_file_atomically(
          file, json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
    } catch (const Error& e) {
      log::warning("which verdicts were told of cannot be kept: a restart tells of them again",
                   {{"reason", e.what()}});
    }
  }

  void note(const std::string& who, const std::string& verdict, bool taken) {
    const std::lock_guard lock(mutex);
    waiting[who].erase(verdict);
    const auto known = verdicts.find(who);
    if (taken && known != verdicts.end() && known->second.insert(verdict).second) write();
  }

  // Those of the verdicts that are to be told of now.
  std::vector<DayVerdict> news_of(const std::string& who, const std::vector<DayVerdict>& all) {
    const std::lock_guard lock(mutex);
    std::vector<DayVerdict> news;
    // At first only the newest: the others are old.
    const auto [known, is_first] = verdicts.try_emplace(who);
    std::set<std::string> told;  // what is no longer among the newest days is forgotten
    for (const DayVerdict& verdict : all) {
      const std::string name = name_of(verdict);
      const bool is_old = is_first && &verdict != &all.back();
      if (known->second.contains(name) || (verdict.is_zero && is_old)) {
        told.insert(name);
      } else if (verdict.is_zero && waiting[who].insert(name).second) {
        news.push_back(verdict);
      }
    }
    if (is_first || told != known->second) {
      known->second = std::move(told);
      write();
    }
    return news;
  }
};

std::shared_ptr<VerdictWatch::Told> VerdictWatch::make_told() { return std::make_shared<Told>(); }

VerdictWatch::~VerdictWatch() {
  thread_.request_stop();
  changed_.notify_all();
}

void VerdictWatch::configure(const VerdictRules& rules, std::function<std::string()> miner_url) {
  const std::lock_guard lock(mutex_);
  miner_url_ = std::move(miner_url);
  if (rules == rules_) return;
  rules_ = rules;
  is_new_ = true;
  if (!rules.validators.empty() && !thread_.joinable()) {
    thread_ = std::jthread([this](const std::stop_token& stop) { keep_asking(stop); });
  }
  changed_.notify_all();
}

void VerdictWatch::keep_asking(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    const VerdictRules rules = rules_;
    const auto miner_url = miner_url_;
    is_new_ = false;
    lock.unlock();
    const bool knows_us = ask_all(rules, miner_url);
    lock.lock();
    const std::chrono::seconds pause = knows_us ? kVerdictInterval : kSoon;
    changed_.wait_for(lock, stop, pause, [&] { return is_new_; });
  }
}

// False where our own miner does not answer yet.
bool VerdictWatch::ask_all(const VerdictRules& rules,
                           const std::function<std::string()>& miner_url) {
  if (rules.validators.empty()) return true;
  std::string hotkey;
  try {
    const auto info = nlohmann::json::parse(get(miner_url() + "/v1/info"), nullptr, false);
    if (!info.is_object() || !info.contains("hotkey")) return false;
    if (info["hotkey"].is_string()) hotkey = info["hotkey"].get<std::string>();
  } catch (const Error&) {
    return false;
  }
  if (hotkey.empty()) return false;
  std::set<std::string> names;
  for (const std::string& validator : rules.validators) {
    names.insert(without_slash(validator) + " " + hotkey);
  }
  std::erase_if(logged_, [&](const auto& one) { return !names.contains(one.first); });
  {
    const std::lock_guard lock(told_->mutex);
    told_->choose(rules.told_file, names);
  }
  for (const std::string& validator : rules.validators) {
    ask(rules, without_slash(validator), hotkey);
  }
  return true;
}

void VerdictWatch::ask(const VerdictRules& rules, const std::string& validator,
                       const std::string& hotkey) {
  try {
    const auto verdicts =
        newest_verdicts(get(fmt::format("{}/miners/{}/history", validator, hotkey)));
    said_.erase(validator);
    for (const DayVerdict& verdict : told_->news_of(validator + " " + hotkey, verdicts)) {
      tell_of(rules, validator, hotkey, verdict);
    }
  } catch (const Error& e) {
    if (!said_.insert(validator).second) return;
    log::warning("a validator does not say what it thinks of us",
                 {{"validator", validator}, {"reason", e.what()}});
  }
}

void VerdictWatch::tell_of(const VerdictRules& rules, const std::string& validator,
                           const std::string& hotkey, const DayVerdict& verdict) {
  const std::string who = validator + " " + hotkey;
  const std::string name = name_of(verdict);
  std::set<std::string>& logged = logged_[who];
  if (logged.insert(name).second) {
    log::warning("a validator's verdict is 0: its page says why",
                 {{"validator", validator},
                  {"processing_date", verdict.processing_date},
                  {"stage", verdict.stage}});
  }
  while (logged.size() > 2 * kMostVerdictDays) logged.erase(logged.begin());  // the oldest day
  tell_({"verdict.zero", rules.network, verdict.processing_date,
         fmt::format("the verdict of {} is 0; {}/validation/{}/{} says why", validator, validator,
                     verdict.processing_date, hotkey)},
        [told = told_, who, name](bool taken) { told->note(who, name, taken); });
}

}  // namespace aml::service
