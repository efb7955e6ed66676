#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace aml::simulation {

// Mean and deviation of a trait that lies in [0, 1].
struct Tendency {
  double mean = 0;
  double deviation = 0;
};

// How those who launder, or those whose life looks like it, go about their schemes (Style in
// scene.h).
struct Manners {
  Tendency haste;
  Tendency uniformity;
  Tendency fresh;
  Tendency recruits;
  double cover = 0;  // median of the everyday activity of staged addresses
  double money = 1;  // factor on the typology's typical sum
  double entry = 1;  // share of the money that comes out of an exchange; the rest is people's
  double exit = 1;   // share that leaves through an exchange; the rest goes to people
};

inline constexpr int kMostWindowDays = 365;
inline constexpr std::size_t kTypologyCount = 9;
inline constexpr std::size_t kRuleCount = 12;
inline constexpr std::size_t kPastimeCount = 8;

// What an economy is used to. The values here are those of the economy called fixed: whoever
// launders differs from who looks like it in `launderers` and `innocent`, which is what can be
// learned from style alone; their overlap is what cannot. Structure (who pays whom) differs on top
// of it, see typologies/.
struct Habits {
  std::string network;  // as in network.h
  int window_days = 7;

  double addresses_per_alert = 10;
  double flows_per_address = 10;
  double laundering_share = 0.0065;  // of the addresses: staged for launderers
  double look_alike_share = 0.10;    // likewise for what looks like them

  Manners launderers{{0.60, 0.22}, {0.60, 0.24}, {0.42, 0.22}, {0.35, 0.2}, 0.35, 1, 1, 1};
  Manners innocent{{0.45, 0.24}, {0.52, 0.26}, {0.28, 0.2}, {0.30, 0.2}, 0.5, 0.6, 1, 1};
  double money_spread = 1.1;  // deviation of the logarithm of a scheme's sum
  double cast = 9;            // median number of addresses of a scheme
  double cast_spread = 0.5;   // deviation of its logarithm
  // By row of typologies(): factors on how often each is played.
  std::array<double, kTypologyCount> typologies{1, 1, 1, 1, 1, 1, 1, 1, 1};
  std::array<double, kTypologyCount> look_alikes{1, 1, 1, 1, 1, 1, 1, 1, 1};

  double prices = 1;         // factor on all money
  double spending_usd = 45;  // median of what somebody of median wealth spends at once
  double spending_spread = 1.25;
  double wealth_spread = 1.1;
  double activity_spread = 1.2;
  double rhythm = 1;    // 1: people sleep at night and rest on Sundays; 0: no hour is like another
  double rounding = 1;  // factor on how often people round amounts
  // Factors on how often an ordinary day has each of everyday.cpp's pastimes: friends, shops, out
  // of the exchange, into it, passing on, contracts, gambling, wages.
  std::array<double, kPastimeCount> pastimes{1, 1, 1, 1, 1, 1, 1, 1};

  // The desk: an address of strength 1 is e^strictness times as likely to be taken as one of
  // strength 0.
  double strictness = 6;
  double least_strength = 0.05;  // below it a rule says nothing
  double confidence_noise = 0.14;
  std::array<double, kRuleCount> rules{1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};  // factors on shares
};

// One of the numbers in `habits`, by the name it has in a file.
struct Habit {
  std::string name;  // "launderers.haste.mean"
  double* value;
  double least;  // what is accepted
  double most;
  double random_least;  // what random_habits draws from, evenly
  double random_most;
  bool by_ratio;  // evenly in the logarithm
};
std::vector<Habit> list_habits(Habits& habits);

// An economy's habits, network and window included, drawn from `seed` alone.
Habits random_habits(std::uint64_t seed);

// Reads habits from a JSON file (docs/simulation.md): what it does not name is as in the economy
// called fixed. Throws Error{bad_input}, which names what it cannot use.
Habits read_habits(const std::filesystem::path& file);
// What read_habits reads back as the same habits.
std::string habits_json(const Habits& habits);

}  // namespace aml::simulation
