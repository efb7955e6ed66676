#pragma once

#include <array>
#include <cstdint>

#include "cases/entry.h"

namespace aml::cases {

// Of the first so many by rank it is reported what a review found.
inline constexpr std::array<std::int64_t, 8> kCapacities{10, 20, 50, 100, 200, 500, 1'000, 2'000};

// The fewest of them that an alert of that rank is among; 0: none, or it is not ranked.
std::int64_t capacity_of(std::int64_t rank);

// How many alerts of a day were decided, and how.
struct Tally {
  struct Counts {
    std::int64_t report = 0;
    std::int64_t no_report = 0;
    std::int64_t unsure = 0;

    void add(Verdict verdict, std::int64_t alerts);
    void add(const Counts& other);
    bool operator==(const Counts&) const = default;
  };
  Counts blind;
  Counts open;
  std::array<Counts, kCapacities.size()> first{};  // of the first so many by rank
  std::int64_t waiting = 0;                        // for other eyes
  std::int64_t decided = 0;

  // So many alerts that stand there; a rank may be given as its capacity_of().
  void add(Stage stage, Verdict verdict, bool is_blind, std::int64_t rank, std::int64_t alerts = 1);
  void add(const Tally& other);
  bool operator==(const Tally&) const = default;
};

}  // namespace aml::cases
