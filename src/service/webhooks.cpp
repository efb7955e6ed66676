#include "service/webhooks.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>
#include <utility>

#include "base/date.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/hex.h"
#include "base/http_client.h"
#include "base/log.h"
#include "service/webhook_settings.h"

namespace aml::service {

namespace {

constexpr std::uint64_t kMostAnswerBytes = 4096;
constexpr std::size_t kIdBytes = 16;
constexpr int kLongestDoubling = 6;  // 64 s

// Of the address that an error of the HTTP client names only the server: whoever knows the path may
// write there.
std::string without_path(std::string message, const std::string& url) {
  const std::size_t host = url.find("://") + 3;
  const std::size_t slash = url.find_first_of("/#", host);
  if (slash == std::string::npos || !message.starts_with("POST ")) return message;
  const std::string path = url.substr(slash, url.find('?', slash) - slash);
  const std::size_t at = message.find(path);
  return at == std::string::npos ? message : message.erase(at, path.size());
}

// Whether the server took it; nothing where it may later.
std::optional<bool> try_once(HttpClient& client, const WebhookRules& rules, const std::string& body,
                             std::string& why) {
  try {
    HttpRequest request(kMostAnswerBytes, rules.timeout);
    request.method = "POST";
    request.url = rules.url;
    request.headers = {{"Content-Type", "application/json"}, {"User-Agent", "aml-miner"}};
    if (!rules.secret_file.empty()) {
      const auto now = std::chrono::system_clock::now().time_since_epoch();
      const long long second = std::chrono::duration_cast<std::chrono::seconds>(now).count();
      request.headers.emplace_back(
          "AML-Signature", webhook_signature(webhook_secret(rules.secret_file), second, body));
    }
    request.body = body;
    // What stands in a good answer is nobody's business here, however long it is.
    const int status = client.send(request, [](std::string_view) { return false; }).status;
    if (status >= 200 && status < 300) return true;
    why = fmt::format("it answered {}", status);
    if (is_retryable_status(status)) return std::nullopt;
    return false;
  } catch (const Error& e) {
    why = without_path(e.what(), rules.url);
    if (e.kind() == ErrorKind::unavailable) return std::nullopt;
    return false;
  }
}

}  // namespace

std::string webhook_signature(const std::string& secret, long long second,
                              const std::string& body) {
  return fmt::format("t={},sha256={}", second,
                     to_hex(hmac_sha256(secret, fmt::format("{}.{}", second, body))));
}

Webhooks::~Webhooks() {
  thread_.request_stop();
  changed_.notify_all();
}

void Webhooks::configure(const WebhookRules& rules) {
  std::deque<Message> dropped;
  {
    const std::lock_guard lock(mutex_);
    rules_ = rules;
    if (rules.url.empty()) dropped.swap(waiting_);
  }
  for (const Message& message : dropped) message.told(false);
}

void Webhooks::tell(const DayEvent& event, std::function<void(bool)> told) {
  if (!told) told = [](bool) {};
  std::unique_lock lock(mutex_);
  const bool is_wanted =
      rules_.events.empty() || std::ranges::find(rules_.events, event.event) != rules_.events.end();
  if (rules_.url.empty() || !is_wanted) {
    lock.unlock();
    told(false);
    return;
  }
  nlohmann::ordered_json json{{"event", event.event},
                              {"id", random_hex(kIdBytes)},
                              {"time", utc_now()},
                              {"network", event.network},
                              {"processing_date", event.processing_date}};
  if (!event.reason.empty()) json["reason"] = event.reason;
  waiting_.push_back(
      {json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace), std::move(told)});
  std::optional<Message> dropped;
  if (waiting_.size() > kMostWaitingMessages) {
    dropped = std::move(waiting_.front());
    waiting_.pop_front();
    log::warning("a webhook is given up, since too many wait");
  }
  if (!thread_.joinable()) {
    thread_ = std::jthread([this](const std::stop_token& stop) { send_all(stop); });
  }
  changed_.notify_all();
  lock.unlock();
  if (dropped) dropped->told(false);
}

void Webhooks::finish(std::chrono::milliseconds patience) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, patience, [&] { return waiting_.empty() && !is_sending_; });
}

void Webhooks::send_all(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (changed_.wait(lock, stop, [&] { return !waiting_.empty(); })) {
    const Message message = std::move(waiting_.front());
    waiting_.pop_front();
    is_sending_ = true;
    lock.unlock();
    message.told(send(message.body, stop));
    lock.lock();
    is_sending_ = false;
    changed_.notify_all();
  }
}

// Whether it was taken.
bool Webhooks::send(const std::string& body, const std::stop_token& stop) {
  HttpClient client;
  std::string why;
  for (int attempt = 0;; ++attempt) {
    std::unique_lock lock(mutex_);
    const WebhookRules rules = rules_;  // which may have been mended meanwhile
    lock.unlock();
    if (rules.url.empty() || stop.stop_requested()) return false;
    const auto taken = try_once(client, rules, body, why);
    if (taken.value_or(false)) return true;
    if (taken || attempt + 1 >= rules.attempts) break;
    const std::chrono::seconds pause(1 << std::min(attempt, kLongestDoubling));
    lock.lock();
    changed_.wait_for(lock, stop, pause, [] { return false; });
  }
  log::warning("a webhook was not taken, and is given up", {{"reason", why}});
  return false;
}

}  // namespace aml::service
