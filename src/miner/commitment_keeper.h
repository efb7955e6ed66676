#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/date.h"
#include "bittensor/chain.h"
#include "http/budget.h"
#include "miner/commitment_store.h"
#include "miner/day_state.h"
#include "miner/score_source.h"

namespace aml::miner {

struct CommitmentOptions {
  std::filesystem::path folder;  // of the store
  std::uint16_t netuid = 0;
  std::string hotkey;                 // ours, ss58
  std::chrono::seconds interval{15};  // between two looks at API and chain
  // The block of our registration; 0 where it is not known. What stood before it is another's.
  std::function<std::uint64_t()> registered{};
  // The subnet's validators beside ourselves, where they are known; may be empty.
  std::function<std::optional<std::size_t>()> validators{};
  int keep_days = 45;
};

// Commits to the API's alert scores of each day before its deadline, and knows which body stands
// committed after it (bittensor/commitment_log.h). A thread of its own looks at the API and at the
// chain: a day's scores are committed as soon as they are there and again where they change, until
// the deadline; salt and body are on the disk before the root is sent; what may have been sent is
// looked for on the chain before it is sent again. The chain's clock alone decides.
class CommitmentKeeper {
 public:
  // Throws Error{usage} where the chain keeps no commitments; one out of reach is waited for.
  CommitmentKeeper(std::unique_ptr<bittensor::ChainClient> chain, ApiOptions api,
                   CommitmentOptions options);
  // Interrupts what is under way.
  ~CommitmentKeeper();
  CommitmentKeeper(const CommitmentKeeper&) = delete;
  CommitmentKeeper& operator=(const CommitmentKeeper&) = delete;

  // All from any thread; none of them waits for API or chain.

  // Whether the day's scores may be given: opening_ms() has come.
  bool is_open(const std::string& date) const;
  // The newest day that is; nothing where none is known.
  std::optional<std::string> newest_open() const;
  // The list that was committed, with its opening, where one stands or none does: then the last
  // that was meant to. Null where there is none of that day. Reads and packs it. REQUIRES:
  // is_open(date).
  std::shared_ptr<const ScoredList> list(const std::string& date, std::string_view coding);
  // Notes who was given a day's scores.
  void note_revealed(const std::string& date, const std::string& hotkey);

  // Of the days of which something was committed or meant to be.
  DayStates states() const;

 private:
  // One of the day, and the block since which it stands; 0: not seen on the chain.
  struct Landed {
    KeptCommitment commitment;
    std::uint64_t block = 0;
  };

  void run(const std::stop_token& stop);
  void look();
  void find_open_days(const std::vector<std::string>& newest_first);
  std::uint64_t registered() const { return options_.registered ? options_.registered() : 0; }
  void commit(const std::string& date);
  KeptCommitment made(const ScoredList& list, std::int64_t sequence);
  void bring_onto_chain(const std::string& date, KeptCommitment commitment);
  void choose(const std::string& date);
  void tell_states();
  void set(const std::string& date, Landed landed);
  bool is_open_locked(const std::string& date) const;  // with mutex_

  const std::unique_ptr<bittensor::ChainClient> chain_;
  const CommitmentOptions options_;
  const CommitmentStore store_;
  const std::shared_ptr<http::Budget> budget_;
  ScoreSource source_;
  std::string genesis_hash_;                 // the thread's alone
  std::map<std::string, std::string> seen_;  // the lists looked at, by day; likewise
  std::set<std::string> chosen_;             // days after their deadline; likewise
  std::set<std::string> refused_;            // roots, lastingly; likewise
  std::string told_;                         // in the file of the states; likewise
  std::chrono::steady_clock::time_point told_at_{};
  mutable std::mutex mutex_;              // guards what is below
  std::condition_variable_any changed_;   // never
  std::string open_until_;                // the newest open day; empty: none
  std::map<std::string, Landed> landed_;  // by day
  std::map<std::string, std::set<std::string>> revealed_;
  std::map<std::string, std::shared_ptr<const ScoredList>> packed_;  // of one day, by coding
  std::jthread thread_;
};

}  // namespace aml::miner
