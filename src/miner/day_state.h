#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

namespace aml::miner {

// What is known of the commitment to a day's scores.
struct DayState {
  std::string network{};      // of the snapshot
  bool is_committed = false;  // stands on the chain
  std::uint64_t block = 0;    // since which
  bool is_open = false;
  std::size_t revealed_to = 0;              // hotkeys
  std::optional<std::size_t> validators{};  // those of the subnet, beside ourselves, where known
};

// By day.
using DayStates = std::map<std::string, DayState>;

// As /v1/info tells it.
nlohmann::ordered_json state_json(const DayState& state);
// What kDayStatesFile holds for the API: {"format_version":1,"days":{DATE:{"network":…,"clock":…,
// …}}}. Where no chain keeps commitments seconds since 1970 stand for blocks, and `clock` says so.
std::string states_text(const DayStates& states, bool are_seconds);

}  // namespace aml::miner
