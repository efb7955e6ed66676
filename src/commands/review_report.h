#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "commands/score_file.h"
#include "validation/evaluation.h"
#include "validation/review.h"

// What `evaluate` says of reviews: how many a day are enough, and what is not known of the rest.
namespace aml::commands {

// {"reviews", "found", "found_interval", "precision", …} of a point.
nlohmann::ordered_json review_json(const validation::ReviewPoint& point);
// A line for a terminal.
std::string review_in_words(const validation::ReviewPoint& point);

// "reviews,found,found_low,found_high,precision,…" with a line for each point; no low and high
// without intervals.
std::string curve_as_csv(std::span<const validation::ReviewPoint> points);

nlohmann::ordered_json tenths_json(std::span<const validation::LabelledTenth> tenths);

// "alert_id,score,stratum,weight" with a line for each alert.
std::string sample_as_csv(const ScoreFile& file, std::span<const validation::SampledAlert> sample);

}  // namespace aml::commands
