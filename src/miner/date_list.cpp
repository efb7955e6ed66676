#include "miner/date_list.h"

#include <exception>
#include <memory>
#include <utility>

#include "base/error.h"
#include "base/log.h"
#include "base/threads.h"

namespace aml::miner {

namespace {

// An API that is there answers sooner; one that is not must not hold up the start.
constexpr std::chrono::milliseconds kFirstPatience{1'000};

}  // namespace

DateList::DateList(std::function<std::vector<std::string>()> ask) : ask_(std::move(ask)) {
  thread_ = start_thread([this](const std::stop_token& stop) { run(stop); });
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, kFirstPatience, [this] { return asked_.has_value(); });
}

DateList::~DateList() = default;

DateList::Known DateList::known() {
  const std::lock_guard lock(mutex_);
  const bool is_old = !asked_ || Clock::now() - *asked_ > kFreshness;
  if (is_old && !std::exchange(is_wanted_, true)) changed_.notify_all();
  return known_;
}

void DateList::run(const std::stop_token& stop) {
  while (true) {
    {
      std::unique_lock lock(mutex_);
      if (!changed_.wait(lock, stop, [this] { return is_wanted_; })) return;
    }
    ask_once(stop);
  }
}

void DateList::ask_once(const std::stop_token& stop) {
  Known found;
  try {
    const StopScope scope(
        std::make_shared<StopQuestion>([&stop] { return stop.stop_requested(); }));
    found.dates = ask_();
  } catch (const Error& e) {
    found.failure = e.what();
  } catch (const std::exception& e) {
    log::error("unexpected: a defect of this program", {{"reason", e.what()}});
    found.failure = "a defect of the miner; its log says more";
  }
  const std::lock_guard lock(mutex_);
  if (!found.failure.empty()) found.dates = std::move(known_.dates);
  known_ = std::move(found);
  asked_ = Clock::now();
  is_wanted_ = false;
  changed_.notify_all();
}

}  // namespace aml::miner
