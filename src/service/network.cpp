#include "service/network.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/error.h"
#include "base/file_system.h"
#include "base/files.h"
#include "base/log.h"
#include "base/threads.h"
#include "known/kept_day.h"
#include "results/reader.h"
#include "service/clock.h"
#include "service/day_commands.h"
#include "service/disk.h"
#include "service/option_words.h"
#include "service/retention.h"
#include "service/stage.h"

namespace aml::service {

namespace fs = std::filesystem;

namespace {

constexpr const char* kNext = ".next";  // below the output root: batches that are not published yet
constexpr const char* kSotLatest = ".service/sot-latest";  // likewise; api/batch_gauges.h reads it
constexpr std::chrono::hours kTruthInterval{6};  // between two looks for truths in the SOT
// After so many failures that will last, somebody is asked for.
constexpr int kPatience = 3;

}  // namespace

Network::Network(Configuration configuration, OpenSot open_sot, std::function<bool()> keep_on,
                 std::function<void(const DayEvent&)> tell,
                 std::function<bool()> is_training_elsewhere)
    : configuration_(std::move(configuration)),
      open_sot_(std::move(open_sot)),
      keep_on_(std::move(keep_on)),
      tell_(std::move(tell)),
      is_training_elsewhere_(std::move(is_training_elsewhere)),
      training_(configuration_, tell_) {}

void Network::tell(const char* event, Date date, std::string reason) const {
  if (tell_) tell_({event, configuration_.network, date.text(), std::move(reason)});
}

// That the day is served, and where its scores mean less than they should.
void Network::tell_of_batch(Date date) const {
  tell("day.ready", date);
  try {
    const auto fit = results::read_metadata(configuration_.output_root / date.text()).fit;
    if (fit.verdict == "foreign") {
      tell("day.foreign", date,
           "the model does not know such days: what its scores mean is not known");
    }
  } catch (const Error& e) {
    log::warning(e.what(), {{"processing_date", date.text()}});
  }
}

void Network::configure(Configuration configuration) {
  configuration_ = std::move(configuration);
  failures_.clear();
  unkept_.clear();
  unremoved_.clear();
  looked_for_truths_.reset();
  training_.configure(configuration_);
}

Network::Step Network::step() {
  const std::map<Date, DayState> days = look();
  tell_if_late(days);
  const Action action = next_action(days, failures_, now(), configuration_.schedule);
  if (action.task == Task::wait) {
    std::optional<Time> due = action.until;
    if (!training_.is_running()) {  // which reads inputs
      remove_old(days);
      if (fetch_truths(days)) return {.has_worked = true, .due = std::nullopt};
      if (is_training_elsewhere_()) {
        return {.has_worked = false, .due = due, .waits_for_training = true};
      }
      training_.begin_if_due();
      if (const auto again = training_.due()) due = due ? std::min(*due, *again) : again;
    }
    return {.has_worked = false, .due = due};
  }
  perform(action, days.at(action.date));
  return {.has_worked = true, .due = std::nullopt};
}

std::map<Date, DayState> Network::look() {
  std::map<Date, DayState> days;
  DayFaults faults;
  add_stored(configuration_.input_root, configuration_.output_root, days, faults);
  tell_of_faults(faults, told_stored_, "what is stored of a day cannot be read");
  try {
    std::map<Date, DayState> all = days;
    faults.clear();
    warn_of_future(add_offered(*open_sot_(configuration_), configuration_.network,
                               configuration_.days, configuration_.schedule.catch_up_days,
                               last_day(now()), all, faults));
    tell_of_faults(faults, told_offered_, "what the SOT has of a day cannot be read");
    if (is_sot_away_) log::info("the SOT answers again");
    is_sot_away_ = false;
    note_newest_offered(all);
    return all;
  } catch (const Error& e) {
    if (stop_requested()) return days;
    // What is on disk is processed and served all the same.
    if (!is_sot_away_) log::warning("the SOT cannot be read", {{"reason", e.what()}});
    is_sot_away_ = true;
    if (first_failure_ == 0) first_failure_ = exit_code(e.kind());
  }
  return days;
}

// Once for each, as long as it lasts.
void Network::tell_of_faults(const DayFaults& faults, std::set<Date>& told, const char* message) {
  std::set<Date> dates;
  for (const auto& [date, fault] : faults) {
    dates.insert(date);
    if (told.contains(date)) continue;
    log::error(message, {{"processing_date", date.text()}, {"reason", fault.what()}});
    tell("day.failed", date, fmt::format("{}: the log says why", message));
    if (first_failure_ == 0) first_failure_ = exit_code(fault.kind());
  }
  told = std::move(dates);
}

void Network::warn_of_future(std::optional<Date> date) {
  if (date && told_future_ != date) {
    log::warning(
        "the SOT has a day that has not been yet, which is passed over: is its name or "
        "this machine's clock wrong?",
        {{"processing_date", date->text()}});
  }
  told_future_ = date;
}

// For the server, which tells it who watches the service.
void Network::note_newest_offered(const std::map<Date, DayState>& days) {
  const auto newest = std::find_if(days.rbegin(), days.rend(),
                                   [](const auto& day) { return day.second.offered.has_value(); });
  if (newest == days.rend() || told_newest_ == newest->first) return;
  const fs::path file = configuration_.output_root / kSotLatest;
  try {
    make_folders(file.parent_path());
    write_file_atomically(file, newest->first.text() + "\n");
    told_newest_ = newest->first;
  } catch (const Error& e) {
    log::debug("the newest day cannot be noted", {{"reason", e.what()}});  // at each look again
  }
}

void Network::tell_if_late(const std::map<Date, DayState>& days) {
  const Date due = newest_due(now(), configuration_.late_after);
  if (is_sot_away_ || told_late_ == due) return;
  const auto after = days.upper_bound(last_day(now()));
  const bool has_any = after != days.begin();
  if (has_any && std::prev(after)->first >= due) return;
  told_late_ = due;
  tell("day.late", due, "the SOT has no snapshot of that day");
  log::warning("the day's snapshot is late: ask who publishes it",
               {{"processing_date", due.text()},
                {"newest", has_any ? std::prev(after)->first.text() : "none"}});
}

void Network::perform(const Action& action, const DayState& day) {
  int code = 0;
  try {
    code = action.task == Task::download ? download(action.date) : process(action.date);
  } catch (const Error& e) {
    code = exit_code(e.kind());
    log::error(e.what(), {{"processing_date", action.date.text()}});
  }
  if (stop_requested()) return;
  if (code != 0) {
    note_failure(action, day, code);
  } else if (action.task == Task::process) {
    failures_.erase(action.date);
  }
}

void Network::note_failure(const Action& action, const DayState& day, int code) {
  if (first_failure_ == 0) first_failure_ = code;
  const std::string snapshot = day.offered ? *day.offered : day.downloaded.value_or("");
  Failure& failure = failures_[action.date];
  failure.count = failure.snapshot == snapshot ? failure.count + 1 : 1;
  failure.snapshot = snapshot;
  failure.last = now();
  failure.is_lasting = will_last(code);
  if (failure.count == 1 || failure.count == kPatience) {
    tell("day.failed", action.date,
         fmt::format("{} ended with code {}, the log says why",
                     action.task == Task::download ? "its download" : "its processing", code));
  }
  const std::int64_t pause = pause_after(failure.count, failure.is_lasting).count();
  if (failure.is_lasting && failure.count >= kPatience) {
    log::error("the day fails again and again, and will until its cause is mended",
               {{"processing_date", action.date.text()},
                {"failures", failure.count},
                {"exit_code", code},
                {"pause_seconds", pause}});
    return;
  }
  log::warning("the day failed, and is tried again after a pause; other days go on",
               {{"processing_date", action.date.text()},
                {"failures", failure.count},
                {"pause_seconds", pause}});
}

// The exit code of the stage; 0 where it was brought to its end.
int Network::run_command(Date date, const std::string& command, std::vector<std::string> arguments,
                         int accepted) {
  arguments.insert(arguments.begin(), {"--log-format", "json", command});
  const StageEnd end = run_stage(kThisProgram, arguments, configuration_.limits, keep_on_);
  if (end.exit_code == 0 && !end.timed_out) return 0;
  if (end.exit_code == accepted && !end.timed_out) {
    log::warning("a stage ended with a warning", {{"stage", command},
                                                  {"processing_date", date.text()},
                                                  {"exit_code", end.exit_code},
                                                  {"reason", end.error}});
    return 0;
  }
  if (stop_requested()) return exit_code(ErrorKind::interrupted);
  log::error("a stage failed", {{"stage", command},
                                {"processing_date", date.text()},
                                {"exit_code", end.exit_code},
                                {"reason", end.error}});
  // What takes too long would take too long again, whatever it ended with.
  return end.timed_out ? exit_code(ErrorKind::internal) : end.exit_code;
}

int Network::download(Date date) { return run_download(date, {}); }

int Network::run_download(Date date, std::vector<std::string> arguments) {
  arguments.insert(arguments.end(),
                   {"--network", configuration_.network, "--processing-date", date.text(), "--days",
                    std::to_string(configuration_.days), "--output-dir",
                    (configuration_.input_root / date.text()).string()});
  if (!configuration_.sot.empty()) {
    arguments.insert(arguments.end(), {"--sot", configuration_.sot});
  }
  arguments.insert(arguments.end(), configuration_.download.begin(), configuration_.download.end());
  return run_command(date, "download", std::move(arguments));
}

// Those that have come, or were corrected, for days whose input is here, where a challenger will
// learn from them. Says whether there were any.
bool Network::fetch_truths(const std::map<Date, DayState>& days) {
  if (configuration_.training.every_days == 0 || is_sot_away_) return false;
  const Time time = now();
  if (looked_for_truths_ && time >= *looked_for_truths_ &&
      time < *looked_for_truths_ + kTruthInterval) {
    return false;
  }
  looked_for_truths_ = time;
  std::vector<Date> dates;
  for (const auto& [date, day] : days) {
    const bool is_same = day.downloaded && (!day.offered || day.offered == day.downloaded);
    if (is_same) dates.push_back(date);
  }
  try {
    DayFaults faults;
    dates = new_truths(*open_sot_(configuration_), configuration_.network, configuration_.days,
                       configuration_.input_root, dates, faults);
    tell_of_faults(faults, told_truths_, "whether a day has a new truth cannot be told");
  } catch (const Error& e) {
    log::warning("the SOT does not say which truths it has", {{"reason", e.what()}});
    return false;
  }
  bool has_fetched = false;
  for (const Date date : dates) {
    if (!keep_on_()) break;
    has_fetched = run_download(date, {"--ground-truth"}) == 0 || has_fetched;
  }
  return has_fetched;
}

int Network::process(Date date) {
  const fs::path input = configuration_.input_root / date.text();
  const fs::path output = configuration_.output_root / date.text();
  const fs::path next = configuration_.output_root / kNext / date.text();
  remove_tree(next);  // of a run that was killed
  std::vector<std::string> arguments = process_words(configuration_, input, next);
  if (const int code = run_command(date, "process", std::move(arguments))) return code;
  if (configuration_.checks) {
    arguments = check_words(configuration_, input, next);
    if (const int code = run_command(date, "check", std::move(arguments), kWanting)) return code;
  }
  publish_batch(next, input, output);
  keep(date);  // so that it is there when the disk is full and the input must go
  log::info("published", {{"processing_date", date.text()}, {"output_dir", output.string()}});
  tell_of_batch(date);
  return 0;
}

}  // namespace aml::service
