#include "service/service.h"

#include <algorithm>
#include <atomic>
#include <csignal>
#include <random>
#include <thread>
#include <utility>

#include "base/error.h"
#include "base/file_system.h"
#include "base/log.h"
#include "base/threads.h"
#include "service/clock.h"
#include "service/notify.h"
#include "service/resident_commands.h"

namespace aml::service {

namespace {

std::atomic<bool> g_hangup{false};
static_assert(std::atomic<bool>::is_always_lock_free);

constexpr std::chrono::seconds kWebhookPatience{30};  // at the end of --once

void on_hangup(int) { g_hangup = true; }

// A tenth more or less, so that not all miners ask at the same moment.
std::chrono::milliseconds with_jitter(std::chrono::milliseconds pause) {
  static std::minstd_rand random{std::random_device{}()};
  std::uniform_real_distribution<double> factor(0.9, 1.1);
  return std::chrono::milliseconds(
      static_cast<std::int64_t>(static_cast<double>(pause.count()) * factor(random)));
}

}  // namespace

void catch_hangups() {
  struct sigaction action{};
  action.sa_handler = on_hangup;
  sigemptyset(&action.sa_mask);
  sigaction(SIGHUP, &action, nullptr);
}

Service::Service(ServiceOptions options)
    : options_(std::move(options)),
      configuration_(checked_configuration(ServiceOptions::Check::words)),
      server_("server", [this] { return server_command(configuration_); }),
      miner_("miner", [this] { return miner_command(configuration_, served_port_); }) {}

Configuration Service::checked_configuration(ServiceOptions::Check check) const {
  Configuration configuration = read_configuration(options_.configuration_file);
  if (options_.check) options_.check(configuration, check);
  return configuration;
}

int Service::run() {
  if (port_in_file(configuration_)) remove_tree(port_file(configuration_));  // of an earlier server
  keep_on();
  notify_manager("READY=1");  // not only once all is caught up, which may take hours
  while (keep_on()) {
    const Network::Step step = work_once();
    if (step.has_worked || is_new_) continue;  // SIGHUP may have come while a stage ran
    if (options_.once) {
      if (!is_training() && !step.waits_for_training) break;
      wait_until(now() + std::chrono::seconds(1));
      continue;
    }
    const Time poll = std::chrono::ceil<std::chrono::seconds>(std::chrono::system_clock::now() +
                                                              with_jitter(configuration_.poll));
    wait_until(step.due ? std::min(*step.due, poll) : poll);
  }
  notify_manager("STOPPING=1");
  if (!stop_requested()) webhooks_.finish(kWebhookPatience);
  miner_.stop();
  server_.stop();
  if (stop_requested()) log::info("stopped");
  return options_.once && !stop_requested() ? first_failure_ : 0;
}

// Between two steps, and not while a stage of theirs runs.
void Service::follow_configuration() {
  if (!std::exchange(is_new_, false)) return;
  webhooks_.configure(configuration_.webhooks);
  VerdictRules verdicts;
  if (configuration_.mines && !options_.once) {
    verdicts = {configuration_.validators, configuration_.network,
                configuration_.output_root / kToldVerdictsFile};
  }
  verdicts_.configure(verdicts, [c = configuration_] { return miner_url(c); });
  const std::vector<std::string> names = all_networks(configuration_);
  std::erase_if(networks_, [&](const auto& network) {
    return std::ranges::find(names, network->name()) == names.end();
  });
  for (const std::string& name : names) {
    const auto found = std::ranges::find_if(
        networks_, [&](const auto& network) { return network->name() == name; });
    if (found != networks_.end()) {
      (*found)->configure(of_network(configuration_, name));
    } else {
      networks_.push_back(std::make_unique<Network>(
          of_network(configuration_, name), options_.open_sot, [this] { return keep_on(); },
          [this](const DayEvent& event) { webhooks_.tell(event); },
          [this] { return is_training(); }));
    }
  }
}

// One thing for each network, so that none waits until another has caught up.
Network::Step Service::work_once() {
  Network::Step all;
  follow_configuration();
  for (const auto& network : networks_) {
    if (!keep_on()) break;
    try {
      const Network::Step step = network->step();
      all.has_worked = all.has_worked || step.has_worked;
      all.waits_for_training = all.waits_for_training || step.waits_for_training;
      if (step.due) all.due = all.due ? std::min(*all.due, *step.due) : step.due;
      if (first_failure_ == 0) first_failure_ = network->first_failure();
    } catch (const Error& e) {
      if (networks_.size() == 1) throw;
      log::error(e.what(), {{"network", network->name()}});  // which stands in no other one's way
      if (first_failure_ == 0) first_failure_ = exit_code(e.kind());
    }
  }
  return all;
}

bool Service::is_training() const {
  return std::ranges::any_of(networks_, [](const auto& network) { return network->is_training(); });
}

bool Service::keep_on() {
  if (stop_requested()) return false;
  notify_watchdog();
  if (g_hangup.exchange(false)) reload();
  if (!options_.once) tend_residents();
  for (const auto& network : networks_) network->tend();
  return true;
}

void Service::reload() {
  try {
    configuration_ = checked_configuration(ServiceOptions::Check::files);
  } catch (const Error& e) {
    log::error("SIGHUP: nothing changes, since the new configuration cannot be used",
               {{"reason", e.what()}});
    return;
  }
  log::info("SIGHUP: the configuration was read anew");
  is_new_ = true;
  server_.renew(/*hang_up=*/true);  // its tokens and certificates
  miner_.renew(/*hang_up=*/true);
}

void Service::tend_residents() {
  if (configuration_.serves) {
    server_.tend();
  } else {
    server_.stop();
  }
  if (!configuration_.mines) {
    miner_.stop();
    return;
  }
  // One that was started again may listen elsewhere.
  if (const auto port = port_in_file(configuration_); port != served_port_) {
    served_port_ = port;
    miner_.renew(/*hang_up=*/false);
  }
  miner_.tend();
}

void Service::wait_until(Time until) {
  // By the clock that never jumps, so that one put back does not let the service sleep.
  const auto deadline =
      std::chrono::steady_clock::now() + (until - std::chrono::system_clock::now());
  while (std::chrono::steady_clock::now() < deadline && keep_on() && !is_new_) {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
}

}  // namespace aml::service
