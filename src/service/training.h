#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "service/configuration.h"
#include "service/schedule.h"
#include "service/stage.h"
#include "service/training_plan.h"
#include "service/training_state.h"
#include "service/webhooks.h"

namespace aml::service {

// Trains a challenger of one network where truth has appeared, judges it on days that it did not
// learn from, and puts it into use or asks for it: `train` and `promote` in processes of their own,
// while the days go on. What it knows stands on disk (training_state.h); nothing that happens here
// changes the champion but a promotion.
class Training {
 public:
  // `program` runs the commands.
  explicit Training(Configuration configuration, std::function<void(const DayEvent&)> tell = {},
                    std::filesystem::path program = kThisProgram);
  ~Training();
  Training(const Training&) = delete;
  Training& operator=(const Training&) = delete;

  // What runs ends as it began, unless nothing is to be trained any more. Ends a pause.
  void configure(Configuration configuration);
  // Begins what is due: to be called where no day wants anything.
  void begin_if_due();
  // Looks after what runs; to be called several times a second.
  void tend();
  bool is_running() const { return stage_ != nullptr; }
  // When a failure is to be tried again, where one is.
  std::optional<Time> due() const;
  // Days of the input root that a training will read.
  std::set<Date> wanted() const;

 private:
  bool is_in_pause() const;
  bool can_be_judged() const;
  void discard();
  void rest();
  void begin_training(const TrainingPlan& plan, std::string fingerprint);
  void begin_judging();
  void start(std::vector<std::string> arguments);
  void finish_training(const StageEnd& end);
  void finish_judging(const StageEnd& end);
  void note_failure(const char* stage, const StageEnd& end);
  void note_outcome(const char* outcome, const std::string& reason);
  void save();
  void say_once(const std::string& what);
  void tell(const char* event, const std::string& reason) const;
  std::filesystem::path folder_of(const std::string& version) const;
  std::optional<std::filesystem::path> models_folder();
  std::string version_for(const std::filesystem::path& models) const;
  void remove_challengers();

  Configuration configuration_;
  const std::function<void(const DayEvent&)> tell_;
  const std::filesystem::path program_;
  TrainingState state_;
  std::unique_ptr<Stage> stage_;
  // Of what runs, whatever the configuration says by its end:
  bool is_judging_ = false;
  bool promotes_ = false;              // what it judges to be better
  std::string next_;                   // the version that is trained
  std::filesystem::path next_folder_;  // where
  std::string next_fingerprint_;       // of its days
  std::vector<std::string> next_judged_;
  std::string said_;
};

}  // namespace aml::service
