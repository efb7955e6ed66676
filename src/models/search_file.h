#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>

#include "models/search.h"

// Trials that are done, in a file: what a search that was killed goes on from.
namespace aml::models {

struct KeptTrials {
  std::map<std::size_t, Trial> trials;  // by number
};

// Names what trials depend on: the days' features, labels and groups, the plan, the recipe and the
// program's version; not how many trials there are, nor how long they may take.
std::string search_key(std::span<const FitDay> days, const SearchPlan& plan,
                       const TrainParameters& recipe, const LightGbmParameters& given,
                       const ColumnsByFit& last_columns);

// The trials in `file` where they are of this key; otherwise, also where the file is missing or is
// damaged, none. A file of more than kMostTrialsBytes counts as damaged.
KeptTrials read_kept_trials(const std::filesystem::path& file, const std::string& key);
inline constexpr std::uint64_t kMostTrialsBytes = 64 << 20;

// Replaces the file, whole or not at all. Does nothing where `file` is "".
void write_kept_trials(const std::filesystem::path& file, const std::string& key,
                       const KeptTrials& kept);

// What a card says of a search: what was tried on which of the card's training days, and what came
// of it. `dates`: theirs.
nlohmann::ordered_json search_as_json(const Search& search, const std::vector<std::string>& dates);

// {"parameters", "stages": [{"trees", "points", "points_by_day"}, …]}: the numbers read back as the
// same doubles.
nlohmann::ordered_json trial_as_json(const Trial& trial);

}  // namespace aml::models
