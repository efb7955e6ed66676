#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

// Messages to an address of the operator's: of days, challengers, and what validators and chain
// say. docs/operations.md has their form.
namespace aml::service {

// Of `run`; `validate` has weights.refused.
inline constexpr const char* kEvents[] = {
    "day.ready",           "day.late",        "day.failed",  "day.foreign", "challenger.ready",
    "challenger.promoted", "training.failed", "verdict.zero"};

struct WebhookRules {
  std::string url{};                  // empty: nobody is told
  std::string secret_file{};          // its first line signs; empty: nothing is signed
  std::vector<std::string> events{};  // of kEvents; empty: all
  int attempts = 6;
  std::chrono::milliseconds timeout{10'000};  // of each
};

// Messages that wait; beyond that the oldest are dropped.
inline constexpr std::size_t kMostWaitingMessages = 100;

// The field AML-Signature of a message that is sent at a second since 1970: HMAC-SHA256 of
// "{second}.{body}" under the secret.
std::string webhook_signature(const std::string& secret, long long second, const std::string& body);

// What there is to say of a day.
struct DayEvent {
  std::string event;  // such as those of kEvents
  std::string network;
  std::string processing_date;  // of training: the newest day that it is judged on; may be empty
  std::string reason{};         // one sentence; may be empty
};

// Sends them one after the other by a thread of its own, so that nobody waits. A server that does
// not take one (2xx) is asked again after 1 s, 2, 4, … and then no more. All functions may be
// called from any thread, and throw nothing.
class Webhooks {
 public:
  Webhooks() = default;
  ~Webhooks();
  Webhooks(const Webhooks&) = delete;
  Webhooks& operator=(const Webhooks&) = delete;

  void configure(const WebhookRules& rules);
  // `told` is called once it is known whether the server took the message: false where it was given
  // up, or nobody is told of such an event. By any thread, also before tell() returns; not at all
  // where this object goes first.
  void tell(const DayEvent& event, std::function<void(bool taken)> told = {});
  // Waits until all are sent or given up, at most so long.
  void finish(std::chrono::milliseconds patience);

 private:
  void send_all(const std::stop_token& stop);
  bool send(const std::string& body, const std::stop_token& stop);

  std::mutex mutex_;
  std::condition_variable_any changed_;
  WebhookRules rules_;
  struct Message {
    std::string body;
    std::function<void(bool)> told;  // never null
  };
  std::deque<Message> waiting_;
  bool is_sending_ = false;
  std::jthread thread_;  // once there is something to send
};

}  // namespace aml::service
