#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

// What a miner commits to before a day's deadline and opens after it, so that nobody can show its
// scores as his own: docs/protocol.md, "Commitments", is the specification, byte for byte. Pure
// functions.
namespace aml::bittensor {

// The score of an alert.
struct ScoredId {
  std::string_view id;
  double score = 0;
};

// The one form of a day's alert scores, without explanations and latencies: a header and a line per
// alert, in the order of their ids' bytes. Throws Error{bad_input} where two rows have one id, or a
// score is not in [0, 1].
std::string canonical_body(std::string_view processing_date, std::string_view kind,
                           std::vector<ScoredId> rows);

// What a commitment says of an answer. Hashes are 64 lowercase hex digits.
struct CommittedAnswer {
  std::string genesis_hash;  // of the chain; empty where there is none
  std::uint16_t netuid = 0;
  std::string hotkey;  // the miner's own, ss58
  std::string network;
  std::int64_t window_days = 0;
  std::string processing_date;
  std::string kind;
  std::string snapshot_sha256;
  std::string body_sha256;  // of the canonical body

  friend bool operator==(const CommittedAnswer&, const CommittedAnswer&) = default;
};

inline constexpr std::size_t kSaltBytes = 32;
// sha256 of a domain word, the answer and the salt (hex of kSaltBytes), each with its length before
// it. Throws Error{bad_input} where the salt or a hash has another length.
std::string commitment_hash(const CommittedAnswer& answer, std::string_view salt);

// A hotkey has one answer of a day for each of these: "bitcoin/7/alert_scores".
std::string commitment_key(const CommittedAnswer& answer);

struct CommitmentLeaf {
  std::string key;
  std::string hash;  // commitment_hash()

  friend bool operator==(const CommitmentLeaf&, const CommitmentLeaf&) = default;
};

inline constexpr std::size_t kMostLeaves = 16;
// The root of the Merkle tree (RFC 6962) over the leaves in the order of their keys, as 64 hex
// digits. Throws Error{bad_input} where there is none, there are more than kMostLeaves, or two have
// one key: who commits to two answers has committed to neither.
std::string commitment_root(std::vector<CommitmentLeaf> leaves);

// What a miner shows after the deadline beside the body: the salt, and all leaves, so that everyone
// sees that there is no second answer.
struct Opening {
  std::string salt;  // hex
  std::vector<CommitmentLeaf> leaves;

  // Printable ASCII without spaces, for a header field.
  std::string to_text() const;
  // Throws Error{bad_input}.
  static Opening parse(std::string_view text);
};

// Why the opening does not show that the hotkey committed to this answer under that root; nothing
// where it does.
std::optional<std::string> find_commitment_flaw(const CommittedAnswer& answer,
                                                const Opening& opening, std::string_view root);

}  // namespace aml::bittensor
