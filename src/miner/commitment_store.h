#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "bittensor/commitment.h"

namespace aml::miner {

// An answer that was committed to, or is about to be: all that opens it later but its body.
struct KeptCommitment {
  bittensor::CommittedAnswer answer;
  std::string salt;  // hex
  std::string root;  // hex
  std::string model_version;
  std::string list_sha256;       // of the API's body
  std::int64_t sequence = 0;     // of those of a day, in their order
  std::uint64_t sent_block = 0;  // at which it was sent last; 0: not yet

  bittensor::Opening opening() const;
};

// {folder}/{date}/: a file and a body for each commitment of a day, by root, and who was given the
// body. What a function returned from stays, also when the power fails then: whoever loses a salt
// cannot open what stands on the chain.
class CommitmentStore {
 public:
  // Makes the folder.
  explicit CommitmentStore(std::filesystem::path folder);

  // The body first, so that what names it is never without it.
  void keep(const KeptCommitment& commitment, const std::string& body) const;
  // The same once it was sent, without its body.
  void note_sent(const KeptCommitment& commitment) const;
  // Of a day, the oldest first. One that cannot be read is a line in the log.
  std::vector<KeptCommitment> commitments(const std::string& date) const;
  // Throws Error{not_found}, or Error{bad_input} where it is another body than was kept.
  std::string body(const KeptCommitment& commitment) const;

  std::set<std::string> revealed_to(const std::string& date) const;
  void note_revealed(const std::string& date, const std::set<std::string>& hotkeys) const;

  // The days of which something is kept, the oldest first.
  std::vector<std::string> dates() const;
  void remove(const std::string& date) const;

 private:
  std::filesystem::path file(const KeptCommitment& commitment, const char* ending) const;

  std::filesystem::path folder_;
};

// The canonical body of the API's list of alert scores. Throws Error{unavailable} where the list is
// no such list.
std::string canonical_body_of(const std::string& processing_date, const std::string& list);

}  // namespace aml::miner
