#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/date.h"
#include "base/deadline.h"

// Which commitment of a hotkey counts for a day. The chain keeps the newest of them with their
// blocks, so that who looks days later sees what stood at the deadline. Pure functions.
namespace aml::bittensor {

// By the chain's clock.
using aml::deadline_ms;
using aml::opening_ms;
// A snapshot that was published later than so long before the deadline makes its day unscored.
inline constexpr std::chrono::hours kLatestSnapshot{6};
bool came_too_late(std::int64_t published_ms, Date processing_date);

// What is written to the chain: a magic word, the day and the root, 40 bytes.
inline constexpr std::size_t kCommitmentBytes = 40;
// REQUIRES: root is 64 hex digits.
std::string commitment_entry(Date processing_date, std::string_view root);

struct CommitmentEntry {
  std::string bytes;        // commitment_entry(), or what a stranger wrote there
  std::uint64_t block = 0;  // since which they stand
  // Another root of that day came too, where only the first may: neither counts.
  bool is_void = false;
};

// The chain keeps so many entries of a hotkey, the newest.
inline constexpr std::size_t kKeptCommitments = 10;

// Blocks in which a day's commitment may stand: from that of the deadline before, up to that of its
// own, which is the first at or after the deadline, exclusively; and not before the hotkey was
// registered.
struct CommitmentWindow {
  std::uint64_t previous_deadline_block = 0;
  std::uint64_t deadline_block = 0;
  std::uint64_t registered_block = 0;
};

struct StandingCommitment {
  enum class State {
    committed,
    none,
    unreadable,   // the chain may have forgotten it
    conflicting,  // CommitmentEntry::is_void
  };
  State state = State::none;
  std::string root{};       // hex
  std::uint64_t block = 0;  // since which it stands
};

// The last entry of that day in the window. `log` is all that the chain keeps of a hotkey, oldest
// first.
StandingCommitment standing_commitment(std::span<const CommitmentEntry> log, Date processing_date,
                                       const CommitmentWindow& window);

}  // namespace aml::bittensor
