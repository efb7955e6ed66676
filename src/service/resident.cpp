#include "service/resident.h"

#include <fmt/format.h>

#include <csignal>
#include <utility>

#include "base/error.h"
#include "base/log.h"
#include "service/clock.h"

namespace aml::service {

namespace {

constexpr std::chrono::seconds kPatience{15};  // at its end
constexpr std::chrono::minutes kSteady{10};    // what ran so long has got over earlier failures

}  // namespace

Resident::Resident(std::string name, Command command)
    : name_(std::move(name)), command_(std::move(command)) {}

void Resident::stop() {
  if (child_) child_->stop(kPatience);
  child_.reset();
}

void Resident::renew(bool hang_up) {
  is_renewing_ = true;
  hangs_up_ = hangs_up_ || hang_up;
  due_ = {};
}

void Resident::note_failure() {
  failures_ = now() - started_ > kSteady ? 1 : failures_ + 1;
  due_ = now() + (failures_ == 1 ? std::chrono::seconds(1) : pause_after(failures_ - 1));
  started_ = now();
}

void Resident::note_end(int code) {
  child_.reset();
  note_failure();
  log::error(fmt::format("the {} ended, and is started again", name_),
             {{"exit_code", code}, {"pause_seconds", (due_ - now()).count()}});
}

void Resident::start() {
  std::optional<ResidentCommand> command;
  try {
    command = command_();
  } catch (const Error& e) {
    note_failure();
    log::error(fmt::format("the {} cannot be started", name_), {{"reason", e.what()}});
  }
  if (!command) return;
  is_renewing_ = false;
  const bool hangs_up = std::exchange(hangs_up_, false);
  if (child_ && *command == running_) {
    if (hangs_up) child_->signal(SIGHUP);
    return;
  }
  stop();
  running_ = std::move(*command);
  StageLimits limits;
  limits.nice = 0;
  child_ = std::make_unique<Child>(kThisProgram, running_.arguments, limits, Child::Errors::ours,
                                   running_.environment);
  started_ = now();
}

void Resident::tend() {
  if (child_) {
    if (const auto code = child_->exit_code()) {
      note_end(*code);
    } else if (!is_renewing_) {
      return;
    }
  }
  // A clock that was put back must not keep it away.
  if (now() < due_ && due_ - now() <= std::chrono::hours(1)) return;
  start();
}

}  // namespace aml::service
