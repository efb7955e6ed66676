#include "cases/tally.h"

#include <algorithm>

namespace aml::cases {

std::int64_t capacity_of(std::int64_t rank) {
  const auto* const capacity = std::ranges::lower_bound(kCapacities, rank);
  return rank < 1 || capacity == kCapacities.end() ? 0 : *capacity;
}

void Tally::Counts::add(Verdict verdict, std::int64_t alerts) {
  if (verdict == Verdict::report) report += alerts;
  if (verdict == Verdict::no_report) no_report += alerts;
  if (verdict == Verdict::unsure) unsure += alerts;
}

void Tally::Counts::add(const Counts& other) {
  report += other.report;
  no_report += other.no_report;
  unsure += other.unsure;
}

void Tally::add(Stage stage, Verdict verdict, bool is_blind, std::int64_t rank,
                std::int64_t alerts) {
  if (stage == Stage::proposed || stage == Stage::disputed) waiting += alerts;
  if (stage != Stage::decided) return;
  decided += alerts;
  (is_blind ? blind : open).add(verdict, alerts);
  for (std::size_t i = 0; i < kCapacities.size(); ++i) {
    if (rank > 0 && rank <= kCapacities[i]) first[i].add(verdict, alerts);
  }
}

void Tally::add(const Tally& other) {
  blind.add(other.blind);
  open.add(other.open);
  for (std::size_t i = 0; i < first.size(); ++i) first[i].add(other.first[i]);
  waiting += other.waiting;
  decided += other.decided;
}

}  // namespace aml::cases
