#include "bittensor/commitment_log.h"

#include <algorithm>
#include <array>

#include "base/error.h"
#include "base/hex.h"

namespace aml::bittensor {

namespace {

constexpr std::string_view kMagic = "AML1";
constexpr std::int64_t kDayMs = 86'400'000;

// The entry but for its root.
std::string head_of(Date date) {
  const auto day = static_cast<std::uint32_t>(date.epoch_ms() / kDayMs);
  std::string head(kMagic);
  for (int shift = 24; shift >= 0; shift -= 8) head += static_cast<char>((day >> shift) & 0xFF);
  return head;
}

}  // namespace

bool came_too_late(std::int64_t published_ms, Date processing_date) {
  constexpr std::chrono::milliseconds kBefore = kLatestSnapshot;
  return published_ms > deadline_ms(processing_date) - kBefore.count();
}

std::string commitment_entry(Date processing_date, std::string_view root) {
  std::array<std::uint8_t, 32> bytes{};
  if (!from_hex(root, bytes)) throw Error(ErrorKind::internal, "a root is no 64 hex digits");
  return head_of(processing_date) +
         std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

StandingCommitment standing_commitment(std::span<const CommitmentEntry> log, Date processing_date,
                                       const CommitmentWindow& window) {
  using State = StandingCommitment::State;
  const std::uint64_t begin = std::max(window.previous_deadline_block, window.registered_block);
  const std::string head = head_of(processing_date);
  StandingCommitment standing;
  for (const CommitmentEntry& entry : log) {
    const bool is_of_day = entry.bytes.size() == kCommitmentBytes && entry.bytes.starts_with(head);
    if (!is_of_day || entry.block < begin || entry.block >= window.deadline_block) continue;
    if (entry.block < standing.block) continue;
    standing = {entry.is_void ? State::conflicting : State::committed,
                to_hex(std::string_view(entry.bytes).substr(head.size())), entry.block};
  }
  if (standing.state != State::none || log.size() < kKeptCommitments) return standing;
  // What was dropped stands before all that is kept.
  const auto oldest = std::min_element(
      log.begin(), log.end(), [](const auto& a, const auto& b) { return a.block < b.block; });
  if (oldest->block >= begin) standing.state = State::unreadable;
  return standing;
}

}  // namespace aml::bittensor
