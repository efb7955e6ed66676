#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "service/configuration.h"
#include "service/disk.h"
#include "service/schedule.h"
#include "service/training.h"
#include "sot/object_store.h"

namespace aml::service {

// The SOT that a configuration names.
using OpenSot = std::function<std::unique_ptr<sot::ObjectStore>(const Configuration&)>;

// Brings every day that the SOT offers of a network to its batch, and removes old ones. What it
// knows stands on disk, but for the pauses after failures.
class Network {
 public:
  // `keep_on` is asked several times a second while a stage runs; once it says no, the stage ends.
  // The configuration is one of this network alone (of_network()).
  // `tell` hears what becomes of days; it must not wait. Nothing is trained while
  // `is_training_elsewhere`: memory and processors are for one.
  Network(Configuration configuration, OpenSot open_sot, std::function<bool()> keep_on,
          std::function<void(const DayEvent&)> tell, std::function<bool()> is_training_elsewhere);

  // Looks after a training; to be called several times a second.
  void tend() { training_.tend(); }
  bool is_training() const { return training_.is_running(); }

  const std::string& name() const { return configuration_.network; }
  // From the next stage on; failed days are tried at once.
  void configure(Configuration configuration);

  // Does the next thing that is to be done: a download, or a batch. Where there is none, removes
  // what is old.
  struct Step {
    bool has_worked = false;
    std::optional<Time> due;  // where it has not: when a failed day is tried again, if one is
    bool waits_for_training = false;  // of another network
  };
  Step step();
  // The exit code of the first failure; 0 where there was none.
  int first_failure() const { return first_failure_; }

 private:
  std::map<Date, DayState> look();
  void tell_of_faults(const DayFaults& faults, std::set<Date>& told, const char* message);
  void warn_of_future(std::optional<Date> date);
  void note_newest_offered(const std::map<Date, DayState>& days);
  void tell_if_late(const std::map<Date, DayState>& days);
  void tell(const char* event, Date date, std::string reason = "") const;
  void tell_of_batch(Date date) const;
  void perform(const Action& action, const DayState& day);
  void note_failure(const Action& action, const DayState& day, int code);
  int download(Date date);
  int run_download(Date date, std::vector<std::string> arguments);
  int process(Date date);
  int run_command(Date date, const std::string& command, std::vector<std::string> arguments,
                  int accepted = 0);
  void remove_old(const std::map<Date, DayState>& days);
  void remove_inputs(Date newest_good);
  void remove_outputs(Date newest_good);
  bool fetch_truths(const std::map<Date, DayState>& days);
  bool keep(Date date);
  bool write_kept(Date date);
  void remove_folder(const std::filesystem::path& root, Date date);
  bool remove(const std::filesystem::path& path, const std::function<void()>& how);

  Configuration configuration_;
  const OpenSot open_sot_;
  const std::function<bool()> keep_on_;
  const std::function<void(const DayEvent&)> tell_;
  const std::function<bool()> is_training_elsewhere_;
  std::map<Date, Failure> failures_;
  std::map<Date, Failure> unkept_;  // days of which the small file could not be written
  std::map<std::filesystem::path, Failure> unremoved_;
  // Days of which it was said that they cannot be read.
  std::set<Date> told_stored_;
  std::set<Date> told_offered_;
  std::set<Date> told_truths_;
  Training training_;
  std::optional<Time> looked_for_truths_;
  std::optional<Date> told_late_;
  std::optional<Date> told_newest_;
  std::optional<Date> told_future_;
  int first_failure_ = 0;
  bool is_sot_away_ = false;
};

}  // namespace aml::service
