#include "commands/rounds.h"

#include <fmt/format.h>

#include <cstdlib>
#include <exception>
#include <thread>

#include "base/log.h"
#include "validator/look.h"

namespace aml::commands {

void keep_looking(validator::Validator& validator, RefusalTeller& refusals,
                  std::chrono::seconds pause, const std::stop_token& stop) {
  using Clock = std::chrono::steady_clock;
  while (!stop.stop_requested()) {
    try {
      validator::look(validator);
      refusals.look();
    } catch (const std::exception& e) {
      if (!stop.stop_requested()) log::error(fmt::format("unexpected: {}", e.what()));
    }
    const Clock::time_point next = Clock::now() + pause;
    while (!stop.stop_requested() && Clock::now() < next) {
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
  }
}

void wait_for_end(const std::atomic<bool>& is_looking, std::chrono::milliseconds patience) {
  using Clock = std::chrono::steady_clock;
  const Clock::time_point give_up = Clock::now() + patience;
  while (is_looking) {
    if (Clock::now() > give_up) {
      log::warning("the round under way does not stop: it is left where it is");
      log::flush();
      std::_Exit(0);
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

}  // namespace aml::commands
