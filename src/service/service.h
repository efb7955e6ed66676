#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "service/configuration.h"
#include "service/network.h"
#include "service/resident.h"
#include "service/schedule.h"
#include "service/verdict_watch.h"

namespace aml::service {

struct ServiceOptions {
  std::filesystem::path configuration_file;
  bool once = false;  // catch up, and end
  OpenSot open_sot;
  // Refuses, with an Error, settings that a command they are handed to would refuse: at the start
  // what is no option or value, and before a running service takes them also files of theirs that
  // cannot be used.
  enum class Check { words, files };
  std::function<void(const Configuration& configuration, Check check)> check{};
};

// Brings every day that the SOT offers to its batch, serves the batches, and answers validators
// with them, until a signal stops it. It may be killed at any moment.
class Service {
 public:
  // Throws as read_configuration(), and as options.check.
  explicit Service(ServiceOptions options);
  // The exit code of the first failure with `once`; otherwise 0, once it is stopped.
  int run();

 private:
  Configuration checked_configuration(ServiceOptions::Check check) const;
  bool keep_on();
  Network::Step work_once();
  bool is_training() const;
  void follow_configuration();
  void reload();
  void tend_residents();
  void wait_until(Time until);

  const ServiceOptions options_;
  Configuration configuration_;
  bool is_new_ = true;  // the configuration, since the networks were told
  Webhooks webhooks_;
  VerdictWatch verdicts_{[this](const DayEvent& event, std::function<void(bool)> told) {
    webhooks_.tell(event, std::move(told));
  }};
  std::vector<std::unique_ptr<Network>> networks_;
  int first_failure_ = 0;
  Resident server_;
  Resident miner_;
  std::optional<std::uint16_t> served_port_;  // at which the miner finds the server
};

// From now on SIGHUP asks a Service to read its configuration anew.
void catch_hangups();

}  // namespace aml::service
