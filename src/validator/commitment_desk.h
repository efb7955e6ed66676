#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <thread>

#include "bittensor/btauth.h"
#include "bittensor/chain.h"
#include "http/message.h"
#include "validator/outside.h"
#include "validator/received_commitments.h"

namespace aml::validator {

// Takes miners' commitments at POST /v1/commitments where no chain keeps them, and shows them once
// nothing can be committed any more: docs/protocol.md, "Without a chain". All functions may be
// called from any thread.
class CommitmentDesk {
 public:
  static constexpr int kPerMinute = 12;  // requests of a hotkey
  // The subnet's hotkeys are read anew when they are so old, or a stranger asks; with such a pause
  // after each reading. Whoever is among those read last waits for none.
  static constexpr std::chrono::seconds kOldHotkeys{300};
  static constexpr std::chrono::seconds kHotkeysPause{10};
  // What took longer until it is kept is not taken: nothing of before the deadline comes in once
  // the day is open, a minute after it.
  static constexpr std::chrono::seconds kLongestWait{30};

  // `hotkey` is ours, ss58; `chain` says who is registered. `received` and `clock` must outlive it.
  CommitmentDesk(std::string hotkey, std::uint16_t netuid,
                 std::unique_ptr<bittensor::ChainClient> chain, ReceivedCommitments& received,
                 Clock& clock);
  ~CommitmentDesk();
  CommitmentDesk(const CommitmentDesk&) = delete;
  CommitmentDesk& operator=(const CommitmentDesk&) = delete;

  // The answer to the request: 200 with when the root arrived, or why it is not taken.
  http::Response take(const http::Request& request);
  // All that was received for a day, as JSON. Throws Error{not_found} until a minute after its
  // deadline, Error{usage} where the text is no day.
  std::string list_json(const std::string& date);

 private:
  std::optional<http::Response> refuse_sender(const std::string& hotkey);
  std::optional<http::Response> refuse_stranger(const std::string& hotkey,
                                                std::unique_lock<std::mutex>& lock);
  bool begin_reading();  // with mutex_; whether it was begun
  void read_hotkeys(const std::stop_token& stop);
  std::optional<std::set<std::string>> registered();  // of the chain; nothing where it fails

  const std::string hotkey_;
  const std::uint16_t netuid_;
  ReceivedCommitments& received_;
  Clock& clock_;
  bittensor::Authenticator authenticator_;
  std::unique_ptr<bittensor::ChainClient> chain_;  // the reader's
  std::mutex mutex_;                               // guards what is below
  std::condition_variable_any changed_;            // is_reading_
  bool is_reading_ = false;
  std::set<std::string> hotkeys_;
  std::optional<std::chrono::steady_clock::time_point> hotkeys_read_;   // when that began
  std::optional<std::chrono::steady_clock::time_point> hotkeys_tried_;  // when a try last ended
  std::map<std::string, int> requests_;  // of registered hotkeys, in the minute
  std::chrono::steady_clock::time_point minute_{};
  std::jthread reader_;
};

}  // namespace aml::validator
