#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "service/schedule.h"
#include "service/stage.h"

namespace aml::service {

// A command of this program with its options, and what is added to its environment ("NAME=value").
struct ResidentCommand {
  std::vector<std::string> arguments;
  std::vector<std::string> environment{};
  bool operator==(const ResidentCommand&) const = default;
};

// A process of this program that is to run all the time. One that ends is started again, after
// pauses that grow from a second to an hour.
class Resident {
 public:
  // The command as it should be; nothing where it cannot be said yet. May throw Error: then it is
  // asked for again after a pause.
  using Command = std::function<std::optional<ResidentCommand>()>;

  // `name`: "server", for the log.
  Resident(std::string name, Command command);

  // Looks after it; to be called again and again.
  void tend();
  // The command may be another one: where it is, the process is started anew, otherwise it goes on,
  // and gets SIGHUP where `hang_up`. One whose command cannot be said goes on as it is. Ends a
  // pause.
  void renew(bool hang_up);
  void stop();

 private:
  void note_end(int code);
  void note_failure();
  void start();

  const std::string name_;
  const Command command_;
  std::unique_ptr<Child> child_;
  ResidentCommand running_;
  bool is_renewing_ = false;
  bool hangs_up_ = false;
  int failures_ = 0;
  Time due_{};
  Time started_{};
};

}  // namespace aml::service
