#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "base/date.h"
#include "models/calibration.h"
#include "models/day_profile.h"

namespace aml::models {

// Of the cards that this program writes; those without a format_version are the same.
inline constexpr int kCardFormat = 1;

// The card beside a model, trained_models/alert_scorer_v1.0.0.json of …/alert_scorer_v1.0.0.txt;
// null where there is none, or one of another model than `model_sha256`. Throws Error{bad_input}
// where a newer program wrote it, in a format that this one does not know.
nlohmann::ordered_json read_card(const std::filesystem::path& model_path,
                                 const std::string& model_sha256);

// The last day that the model of the card learned from; nothing where the card does not say of each
// of them which day it is.
std::optional<Date> last_learned_day(const nlohmann::ordered_json& card);

// What a model's card says to whoever scores with it.
struct CardFacts {
  PublishedScale scale;               // without calibration where there is no card
  std::string calibration_json;       // what a batch says of it; "" where there is none
  std::string alert_scorer_sha256;    // of a cluster scorer: whose probabilities it learned from
  std::string address_scorer_sha256;  // of an alert scorer: the first stage that it learned from
  std::optional<DayProfile> profile;  // of the training days
};

// Throws Error{bad_input} that names the card where its calibration or its profile cannot be used.
CardFacts read_card_facts(const std::filesystem::path& model_path, const std::string& model_sha256);

}  // namespace aml::models
