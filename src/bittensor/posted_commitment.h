#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "bittensor/chain.h"

// Commitments where no chain keeps them: a miner posts its root to each validator, which keeps it
// with the time of its own clock. docs/protocol.md, "Without a chain".
namespace aml::bittensor {

inline constexpr const char* kCommitmentsPath = "/v1/commitments";
inline constexpr std::size_t kMostPostedBytes = 1'024;

// The body of such a request.
struct PostedCommitment {
  std::string processing_date;
  std::string root;  // 64 hex digits

  std::string to_json() const;
  // Throws Error{usage} where the text is no such body.
  static PostedCommitment parse(std::string_view text);

  friend bool operator==(const PostedCommitment&, const PostedCommitment&) = default;
};

// What a chain keeps for such a body (commitment_log.h), and back; nothing where the entry is none.
std::string entry_of(const PostedCommitment& commitment);
std::optional<PostedCommitment> posted_of(std::string_view entry);

// Seconds since 1970 stand for blocks: the first at or after that time, where it has come.
std::optional<BlockStamp> first_second_at(std::int64_t time_ms, std::int64_t now_ms);

}  // namespace aml::bittensor
