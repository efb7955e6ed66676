#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

#include "base/date.h"
#include "simulation/habits.h"

namespace aml::simulation {

struct Options {
  std::string network = "bitcoin";
  Date processing_date;
  int window_days = 7;  // the window ends where the processing date begins
  double scale = 1;     // 1: 50 thousand alerts, 500 thousand addresses, 5 million flows
  std::uint64_t seed = 1;
  int threads = 1;
  std::string memory_limit = {};  // of DuckDB, in its notation; empty: its default
  Habits habits = {};             // but for its network and window, which stand above
};

inline constexpr double kMostScale = 100;

struct Summary {
  std::size_t flows = 0;
  std::size_t addresses = 0;
  std::size_t launderers = 0;  // addresses that launder
  std::size_t alerts = 0;
  std::size_t positives = 0;  // alerts about launderers
  std::size_t clusters = 0;
  std::map<std::string, std::size_t> schemes;  // by name of a typology or its look-alike
};

// Simulates an economy and writes a snapshot (four Parquet files and META.json) into the folder
// `snapshot`, and ground_truth_{date}.parquet into the folder `truth`. Both folders exist. The same
// options, threads and memory_limit apart, give the same bytes. Throws Error{usage} for options out
// of range.
Summary simulate(const Options& options, const std::filesystem::path& snapshot,
                 const std::filesystem::path& truth);

}  // namespace aml::simulation
