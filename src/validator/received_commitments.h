#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "bittensor/chain.h"
#include "sqlite/sqlite.h"

namespace aml::validator {

// A root that a miner posted, with what proves that it did.
struct ReceivedCommitment {
  std::string hotkey;  // ss58
  std::string processing_date;
  std::string root;        // hex
  std::int64_t at_ms = 0;  // by our clock, since 1970
  std::string payload;     // the eight lines of btauth/1
  std::string signature;   // of the payload, as it was sent
  std::string body;        // whose sha256 stands in the payload
};

// What came to POST /v1/commitments, in {folder}/commitments.sqlite: of a hotkey and day the first
// root, and the first that is another one, which voids the day. What add() returned from stays,
// also when the power fails then. All functions may be called from any thread.
class ReceivedCommitments {
 public:
  static constexpr int kKeptDays = 45;

  explicit ReceivedCommitments(const std::filesystem::path& folder);

  enum class Outcome { first, repeated, conflicting };
  struct Taken {
    Outcome outcome;
    std::int64_t first_at_ms;  // of the hotkey's first root of that day
  };
  // Removes, beside it, days that are not kept any longer. REQUIRES: processing_date is a day.
  Taken add(const ReceivedCommitment& commitment);

  // Of a day, by hotkey; of one hotkey the first one first.
  std::vector<ReceivedCommitment> of_day(const std::string& date);
  // The first root of each hotkey's days, oldest first, the second of their arrival as the block.
  bittensor::CommitmentLogs logs();

 private:
  std::vector<ReceivedCommitment> read(const std::string& sql, std::string_view parameter);

  std::mutex mutex_;
  sqlite::SqlDatabase database_;
};

}  // namespace aml::validator
