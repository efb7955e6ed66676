#include "validator/commitment_desk.h"

#include <fmt/format.h>

#include <exception>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/date.h"
#include "base/deadline.h"
#include "base/error.h"
#include "base/log.h"
#include "base/threads.h"
#include "bittensor/posted_commitment.h"

namespace aml::validator {

using bittensor::PostedCommitment;
using Json = nlohmann::ordered_json;

namespace {

constexpr std::chrono::minutes kMinute{1};

std::string text_of(std::int64_t ms) {
  using Time = std::chrono::system_clock::time_point;
  return utc_text(Time(std::chrono::milliseconds(ms)), true);
}

http::Response json_answer(const Json& json) {
  return {.fields = {{"Cache-Control", "no-store"}}, .body = http::make_body(json.dump() + "\n")};
}

// Why a root of that day is not taken at that time; nothing where it is.
std::optional<http::Response> refuse_day(Date day, std::int64_t now_ms) {
  if (now_ms >= deadline_ms(day)) {
    return http::refusal(
        410, fmt::format("the deadline of {} was {}", day.text(), text_of(deadline_ms(day))));
  }
  const std::int64_t begin = deadline_ms(day.plus_days(-1));
  if (now_ms >= begin) return std::nullopt;
  return http::refusal(
      403, fmt::format("{} can be committed to from {} on", day.text(), text_of(begin)));
}

}  // namespace

CommitmentDesk::CommitmentDesk(std::string hotkey, std::uint16_t netuid,
                               std::unique_ptr<bittensor::ChainClient> chain,
                               ReceivedCommitments& received, Clock& clock)
    : hotkey_(std::move(hotkey)),
      netuid_(netuid),
      received_(received),
      clock_(clock),
      authenticator_(hotkey_, bittensor::NonceStore::kMostNonces, clock_.utc_ms() * 1'000'000),
      chain_(std::move(chain)) {
  reader_ = start_thread([this](const std::stop_token& stop) { read_hotkeys(stop); });
}

CommitmentDesk::~CommitmentDesk() {
  reader_.request_stop();
  chain_->interrupt();
}

bool CommitmentDesk::begin_reading() {
  if (is_reading_) return false;
  if (hotkeys_tried_ && clock_.now() - *hotkeys_tried_ < kHotkeysPause) return false;
  is_reading_ = true;
  changed_.notify_all();
  return true;
}

std::optional<std::set<std::string>> CommitmentDesk::registered() {
  try {
    std::set<std::string> found;
    for (const bittensor::Neuron& neuron : chain_->metagraph(netuid_).neurons) {
      found.insert(neuron.hotkey);
    }
    return found;
  } catch (const std::exception& e) {
    log::warning("who is registered cannot be read: what was read last counts",
                 {{"reason", e.what()}});
    return std::nullopt;
  }
}

// Without the lock: a chain may take long to answer.
void CommitmentDesk::read_hotkeys(const std::stop_token& stop) {
  const StopScope scope(std::make_shared<StopQuestion>([&stop] { return stop.stop_requested(); }));
  std::unique_lock lock(mutex_);
  while (changed_.wait(lock, stop, [this] { return is_reading_; })) {
    const auto begun = clock_.now();
    lock.unlock();
    auto found = registered();
    lock.lock();
    if (found) {
      hotkeys_ = std::move(*found);
      hotkeys_read_ = begun;
    }
    hotkeys_tried_ = clock_.now();
    is_reading_ = false;
    changed_.notify_all();
  }
}

// One stranger waits for a reading; further ones would take the threads of those who are known.
std::optional<http::Response> CommitmentDesk::refuse_stranger(const std::string& hotkey,
                                                              std::unique_lock<std::mutex>& lock) {
  if (begin_reading()) {
    changed_.wait(lock, [this] { return !is_reading_; });
  } else if (is_reading_) {
    return http::refusal_for_now("who is registered is being read", 10);
  }
  if (!hotkeys_read_) return http::refusal_for_now("the metagraph is not known yet", 30);
  if (hotkeys_.contains(hotkey)) return std::nullopt;
  return http::refusal(403, "this hotkey is not registered on the subnet");
}

// Counts the request. REQUIRES: its signature was verified, so nobody uses up another's share.
std::optional<http::Response> CommitmentDesk::refuse_sender(const std::string& hotkey) {
  std::unique_lock lock(mutex_);
  if (!hotkeys_.contains(hotkey)) {
    if (auto refused = refuse_stranger(hotkey, lock)) return refused;
  } else if (clock_.now() - *hotkeys_read_ > kOldHotkeys) {
    begin_reading();
  }
  const auto now = clock_.now();
  if (now - minute_ >= kMinute) {
    minute_ = now;
    requests_.clear();
  }
  if (++requests_[hotkey] <= kPerMinute) return std::nullopt;
  http::Response refused =
      http::refusal(429, fmt::format("more than {} requests a minute", kPerMinute));
  refused.fields.emplace_back("Retry-After", "60");
  return refused;
}

http::Response CommitmentDesk::take(const http::Request& request) {
  if (request.body.size() > bittensor::kMostPostedBytes) {
    return http::refusal(
        413, fmt::format("a commitment has at most {} bytes", bittensor::kMostPostedBytes));
  }
  const std::int64_t at_ms = clock_.utc_ms();
  const auto authenticated =
      authenticator_.verify({request.method, request.target, request.body,
                             [&](std::string_view name) { return request.fields.sole(name); }},
                            at_ms * 1'000'000);
  if (!authenticated.caller) {
    return http::refusal(authenticated.failure.status, authenticated.failure.reason);
  }
  const std::string& sender = authenticated.caller->hotkey;
  if (auto refused = refuse_sender(sender)) return std::move(*refused);
  const PostedCommitment posted = PostedCommitment::parse(request.body);
  if (auto refused = refuse_day(Date::require(posted.processing_date, "a day"), at_ms)) {
    return std::move(*refused);
  }
  if (clock_.utc_ms() - at_ms > std::chrono::milliseconds(kLongestWait).count()) {
    return http::refusal_for_now("the chain took too long to say who is registered", 10);
  }
  const auto taken = received_.add(
      {sender, posted.processing_date, posted.root, at_ms, authenticated.caller->payload,
       std::string(*request.fields.find("x-bittensor-signature")), request.body});
  const bool conflicts = taken.outcome == ReceivedCommitments::Outcome::conflicting;
  log::info(conflicts ? "a second, different commitment voids a miner's day" : "commitment taken",
            {{"date", posted.processing_date}, {"hotkey", sender}, {"root", posted.root}});
  if (conflicts) {
    return http::refusal(409, fmt::format("another root of {} was received at {}: neither counts",
                                          posted.processing_date, text_of(taken.first_at_ms)));
  }
  return json_answer({{"processing_date", posted.processing_date},
                      {"root", posted.root},
                      {"received_at", text_of(taken.first_at_ms)},
                      {"received_at_ms", taken.first_at_ms}});
}

std::string CommitmentDesk::list_json(const std::string& date) {
  const auto day = Date::parse(date);
  if (!day) throw Error(ErrorKind::usage, "the date must be a day, YYYY-MM-DD");
  if (clock_.utc_ms() < opening_ms(*day)) {
    throw Error(ErrorKind::not_found,
                fmt::format("commitments of {} are shown from a minute after its deadline, {}",
                            date, text_of(deadline_ms(*day))));
  }
  Json list = Json::array();
  for (const ReceivedCommitment& one : received_.of_day(date)) {
    list.push_back({{"hotkey", one.hotkey},
                    {"root", one.root},
                    {"received_at", text_of(one.at_ms)},
                    {"payload", one.payload},
                    {"signature", one.signature},
                    {"body", one.body}});
  }
  return Json{{"processing_date", date}, {"receiver", hotkey_}, {"commitments", list}}.dump() +
         "\n";
}

}  // namespace aml::validator
