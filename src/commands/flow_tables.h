#pragma once

#include <filesystem>
#include <span>
#include <string>

#include "flows/feature.h"
#include "flows/pattern_list.h"

namespace aml::commands {

// Writes the features of every address of the question's graph, a row each, in the order of the
// addresses' numbers: address, then the columns of the sets.
void write_flow_features(const std::filesystem::path& file, const flows::Question& question,
                         std::span<const flows::FeatureSet> sets, const std::string& memory_limit);

// Writes patterns, a row for each way of each: docs/flows.md describes the columns.
void write_patterns(const std::filesystem::path& file, const flows::Graph& graph,
                    const flows::PatternList& list, const std::string& memory_limit);

}  // namespace aml::commands
