#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "models/cross_fit.h"
#include "models/model_card.h"

// Parts of a card that are computed from the days.
namespace aml::models {

// Fits the calibration to what models said of days that they had not learned from, judges it on the
// last of them by the others where there are two, and notes the base rate of the newest day.
// REQUIRES: card.training_days has one record per day
void calibrate(std::span<const FitDay> days, std::span<const HeldBackScores> held_back,
               const std::string& confidence, ModelCard& card);

// What a validator fines: a median outside these, a variance below the least.
inline constexpr double kLeastMedian = 0.1;
inline constexpr double kMostMedian = 0.9;
inline constexpr double kLeastVariance = 0.001;

// Throws Error{bad_input} where a model says the same of all rows that it learned from, by its raw
// scores of each day.
void refuse_one_score(const std::vector<std::vector<double>>& raw, const std::string& task);

// Throws Error{bad_input} where a validator would fine the published scores of a day.
void refuse_fined_scores(std::span<const double> raw, const PublishedScale& scale,
                         const std::string& processing_date);

void judge_typologies(std::span<const FitDay> days, std::span<const HeldBackScores> held_back,
                      const std::vector<std::vector<std::string>>& typologies, ModelCard& card);

// Adds a day's words to a profile.
void add_to_profile(const std::string& network, std::int64_t window_days,
                    const std::map<std::string, std::int64_t>& typologies, DayProfile& profile);

// The profile of every feature of the days' matrices, which have the same ones.
void profile_features(std::span<const features::FeatureMatrix* const> days, int threads,
                      DayProfile& profile);

}  // namespace aml::models
