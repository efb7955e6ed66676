#include "service/training.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/error.h"
#include "base/file_system.h"
#include "base/hash.h"
#include "base/log.h"
#include "models/card_file.h"
#include "models/champion.h"
#include "models/model_file.h"
#include "models/train_models.h"
#include "service/clock.h"
#include "service/training_commands.h"

namespace aml::service {

namespace fs = std::filesystem;

namespace {

constexpr int kRefusedCode = 10;  // of `promote`
constexpr int kWantingCode = 11;
// After so many failures that will last, somebody is asked for.
constexpr int kPatience = 3;

std::int64_t second_of(Time time) { return time.time_since_epoch().count(); }
Time time_of(std::int64_t second) { return Time(std::chrono::seconds(second)); }

// The last day that the card of the version in use says it learned from; nothing where it says
// none. What is no such list is for `promote` to refuse.
std::optional<Date> learned_until(const fs::path& models) {
  const models::ModelFile file =
      models::find_model(models, models::kAlertScorer, models::version_in_use(models));
  return models::last_learned_day(
      models::read_card(file.path, hash_file(HashKind::sha256, file.path)));
}

// Whether `train` came to its end there: this file is the last that it writes.
bool is_whole(const fs::path& folder, const std::string& version) {
  return path_exists(folder / models::card_file_name(models::kTasks.back(), version));
}

}  // namespace

Training::Training(Configuration configuration, std::function<void(const DayEvent&)> tell,
                   fs::path program)
    : configuration_(std::move(configuration)),
      tell_(std::move(tell)),
      program_(std::move(program)),
      state_(read_training_state(configuration_.output_root)) {
  // It was killed with what it ran. Once that is chance; a machine that has too little memory for
  // it must not try it all the time.
  if (state_.is_running && state_.failures == 1) state_.tried_at = 0;  // no pause
  state_.is_running = false;
}

Training::~Training() {
  if (!stage_) return;
  stage_.reset();
  state_.failures = std::max(0, state_.failures - 1);  // being stopped is no failure
  state_.is_running = false;
  save();
}

void Training::configure(Configuration configuration) {
  configuration_ = std::move(configuration);
  said_.clear();
  if (!is_running()) state_.failures = 0;
  if (configuration_.training.every_days > 0 || !stage_) return;
  stage_.reset();
  state_.failures = 0;
  state_.is_running = false;
  save();
}

std::optional<Time> Training::due() const {
  if (configuration_.training.every_days == 0 || state_.failures == 0) return std::nullopt;
  return time_of(state_.tried_at) + pause_after(state_.failures, state_.is_lasting);
}

bool Training::is_in_pause() const {
  const auto until = due();
  // A clock that was put back ends it.
  return until && now() < *until && now() >= time_of(state_.tried_at);
}

std::set<Date> Training::wanted() const {
  if (configuration_.training.every_days == 0) return {};
  return wanted_days(labelled_days(configuration_.input_root), configuration_.training);
}

void Training::begin_if_due() {
  if (configuration_.training.every_days == 0 || is_running() || is_in_pause()) return;
  try {
    const auto models = models_folder();
    if (!models) return rest();
    const bool is_used =
        !state_.challenger.empty() && models::version_in_use(*models) == state_.challenger;
    if (is_used && state_.outcome != kPromoted) {
      note_outcome(kPromoted, "it is in use");
      return;
    }
    if (state_.outcome == kTrained) {
      if (can_be_judged()) return begin_judging();
      discard();
    }
    const Time last = time_of(state_.trained_at);
    const auto interval = std::chrono::days(configuration_.training.every_days);
    if (now() >= last && now() < last + interval) return rest();
    const auto plan = plan_training(labelled_days(configuration_.input_root),
                                    configuration_.training, learned_until(*models));
    if (!plan) {
      say_once(
          "no challenger is trained: there must be days with truth to learn from, and later "
          "ones that neither it nor the models in use learned from");
      return rest();
    }
    std::string fingerprint = fingerprint_of(*plan);
    if (fingerprint == state_.fingerprint) return rest();  // no new truth
    next_ = version_for(*models);
    begin_training(*plan, std::move(fingerprint));
  } catch (const Error& e) {
    note_failure("train",
                 {.exit_code = exit_code(e.kind()), .timed_out = false, .error = e.what()});
  }
}

// Whether the challenger and all of its days are still there.
bool Training::can_be_judged() const {
  if (!is_whole(folder_of(state_.challenger), state_.challenger)) return false;
  const auto days = labelled_days(configuration_.input_root);
  return std::ranges::all_of(state_.judged, [&](const std::string& date) {
    return std::ranges::any_of(days,
                               [&](const LabelledDay& day) { return day.date.text() == date; });
  });
}

// What will never be judged must not stand in the way of the next one.
void Training::discard() {
  note_outcome(kUndecided, "it, or a day that it was to be judged on, is gone; another is trained");
  if (models::is_version(state_.challenger)) try_remove_tree(folder_of(state_.challenger));
  state_.fingerprint.clear();
  state_.trained_at = 0;
  save();
}

// Nothing is to be done, so nothing is to be tried again.
void Training::rest() { state_.failures = 0; }

std::optional<fs::path> Training::models_folder() {
  const fs::path general = models::find_models_dir(configuration_.models_dir);
  const fs::path own = models::models_of_network(general, configuration_.network);
  if (configuration_.is_one_of_several && own == general) {
    say_once(
        fmt::format("no challenger is trained: it would take the place of all networks' "
                    "models; copy them to {}",
                    (general / configuration_.network).string()));
    return std::nullopt;
  }
  return own;
}

std::string Training::version_for(const fs::path& models) const {
  std::vector<std::string> versions;
  const std::string before = std::string(models::kAlertScorer) + "_v";
  for (const fs::path& file : list_folder_if_possible(models)) {
    const std::string name = file.stem().string();
    if (file.extension() == ".txt" && name.starts_with(before)) {
      versions.push_back(name.substr(before.size()));
    }
  }
  for (const fs::path& folder : list_folder_if_possible(folder_of(""))) {
    versions.push_back(folder.filename().string());
  }
  return next_version(versions);
}

fs::path Training::folder_of(const std::string& version) const {
  return configuration_.output_root / kChallengersFolder / version;
}

void Training::begin_training(const TrainingPlan& plan, std::string fingerprint) {
  remove_challengers();
  next_folder_ = folder_of(next_);
  std::vector<std::string> words{"train", "--models-dir", next_folder_.string(), "--version",
                                 next_};
  for (const LabelledDay& day : plan.learned) {
    words.insert(words.end(),
                 {"--input-dir", day.input.string(), "--ground-truth", day.truth.string()});
  }
  words.insert(words.end(), configuration_.train.begin(), configuration_.train.end());
  const auto shared = feature_words(configuration_);
  words.insert(words.end(), shared.begin(), shared.end());
  next_fingerprint_ = std::move(fingerprint);
  next_judged_.clear();
  for (const LabelledDay& day : plan.judged) next_judged_.push_back(day.date.text());
  log::info("a challenger is trained", {{"challenger", next_},
                                        {"from", plan.learned.front().date.text()},
                                        {"to", plan.learned.back().date.text()},
                                        {"days", std::ssize(plan.learned)},
                                        {"judged_from", next_judged_.front()},
                                        {"judged_to", next_judged_.back()}});
  is_judging_ = false;
  start(std::move(words));
}

void Training::begin_judging() {
  std::vector<std::string> words =
      promote_words(configuration_, state_.challenger, folder_of(state_.challenger), state_.judged);
  state_.command = "aml-miner";
  for (const std::string& word : words) state_.command += " " + shell_word(word);
  promotes_ = configuration_.training.promotes;
  if (!promotes_) words.emplace_back("--dry-run");
  is_judging_ = true;
  start(std::move(words));
}

void Training::start(std::vector<std::string> arguments) {
  ++state_.failures;  // until it ends well
  state_.tried_at = second_of(now());
  state_.is_lasting = false;
  state_.is_running = true;
  try {
    write_training_state(configuration_.output_root, state_);
    StageLimits limits = configuration_.limits;
    limits.timeout = configuration_.training.timeout;
    limits.timeout_name = "train.timeout-seconds";
    arguments.insert(arguments.begin(), {"--log-format", "json"});
    stage_ = std::make_unique<Stage>(program_, arguments, limits);
  } catch (const Error&) {
    --state_.failures;  // counted by who hears of it
    state_.is_running = false;
    throw;
  }
}

void Training::tend() {
  if (!stage_) return;
  const auto end = stage_->end_within(std::chrono::milliseconds(0));
  if (!end) return;
  stage_.reset();
  --state_.failures;
  state_.is_running = false;
  try {
    if (is_judging_) {
      finish_judging(*end);
    } else {
      finish_training(*end);
    }
  } catch (const Error& e) {
    note_failure(is_judging_ ? "promote" : "train",
                 {.exit_code = exit_code(e.kind()), .timed_out = false, .error = e.what()});
  }
}

void Training::finish_training(const StageEnd& end) {
  if (end.exit_code != 0 || end.timed_out || !is_whole(next_folder_, next_)) {
    try_remove_tree(next_folder_);
    note_failure("train", end);
    return;
  }
  state_.failures = 0;
  state_.fingerprint = next_fingerprint_;
  state_.trained_at = second_of(now());
  state_.challenger = next_;
  state_.outcome = kTrained;
  state_.judged = next_judged_;
  save();
  remove_challengers();
  if (can_be_judged()) begin_judging();  // otherwise the next look says so
}

void Training::finish_judging(const StageEnd& end) {
  if (end.timed_out) {
    note_failure("promote", end);
  } else if (end.exit_code == 0) {
    note_outcome(promotes_ ? kPromoted : kWaiting, "");
  } else if (end.exit_code == kRefusedCode) {
    note_outcome(kRefused, end.error);
  } else if (end.exit_code == kWantingCode) {
    note_outcome(kUndecided, end.error);
  } else {
    note_failure("promote", end);
  }
}

void Training::note_failure(const char* stage, const StageEnd& end) {
  const int code = end.timed_out ? exit_code(ErrorKind::internal) : end.exit_code;
  ++state_.failures;
  state_.tried_at = second_of(now());
  state_.is_lasting = will_last(code);
  save();
  const std::int64_t pause = pause_after(state_.failures, state_.is_lasting).count();
  const bool asks = state_.is_lasting && state_.failures >= kPatience;
  const std::string what =
      asks ? "the training fails again and again, and will until its cause is mended"
           : "the training failed, and is tried again after a pause; days and champion stay";
  const log::Fields fields{{"stage", stage},
                           {"exit_code", code},
                           {"reason", end.error},
                           {"failures", state_.failures},
                           {"pause_seconds", pause}};
  if (asks) {
    log::error(what, fields);
  } else {
    log::warning(what, fields);
  }
  if (state_.failures == 1 || state_.failures == kPatience) {
    tell("training.failed", fmt::format("{} ended with code {}, the log says why", stage, code));
  }
}

void Training::note_outcome(const char* outcome, const std::string& reason) {
  state_.failures = 0;
  state_.outcome = outcome;
  save();
  const std::string name = outcome;
  if (name == kWaiting) {
    log::warning("a better challenger waits: promote it by the command",
                 {{"challenger", state_.challenger}, {"command", state_.command}});
    tell("challenger.ready",
         fmt::format("challenger {} is better: {}", state_.challenger, state_.command));
  } else if (name == kPromoted) {
    log::info("the challenger is the champion now", {{"challenger", state_.challenger}});
    tell("challenger.promoted",
         fmt::format("challenger {} is the champion now", state_.challenger));
  } else {
    log::info("the challenger is not promoted",
              {{"challenger", state_.challenger}, {"reason", reason}});
  }
}

void Training::save() {
  try {
    write_training_state(configuration_.output_root, state_);
  } catch (const Error& e) {
    log::error(e.what());  // it goes on with what it knows, until it is started again
  }
}

void Training::say_once(const std::string& what) {
  if (said_ != what) log::info(what, {{"network", configuration_.network}});
  said_ = what;
}

void Training::tell(const char* event, const std::string& reason) const {
  const std::vector<std::string>& judged = next_judged_.empty() ? state_.judged : next_judged_;
  if (tell_) tell_({event, configuration_.network, judged.empty() ? "" : judged.back(), reason});
}

// All but the newest, and what a training that was killed left.
void Training::remove_challengers() {
  std::vector<std::string> versions;
  for (const fs::path& path : list_folder_if_possible(folder_of(""))) {
    const std::string name = path.filename().string();
    if (models::is_version(name) && is_whole(path, name)) {
      versions.push_back(name);
    } else {
      try_remove_tree(path);
    }
  }
  std::ranges::sort(
      versions, [](const std::string& a, const std::string& b) { return is_lower_version(a, b); });
  const auto keep = static_cast<std::size_t>(configuration_.training.keep);
  for (std::size_t i = 0; i + keep < versions.size(); ++i) {
    try_remove_tree(folder_of(versions[i]));
  }
}

}  // namespace aml::service
