#include "models/model_card.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "example.h"
#include "models/card_file.h"
#include "models/cross_fit.h"

namespace aml::models {
namespace {

EvaluatedRows judged_rows(const std::filesystem::path& path, const LabelledRows& rows) {
  EvaluatedRows all;
  add_evaluated_rows(rows, raw_scores(*forest::load_model(path), *rows.matrix, path),
                     rows.matrix->ids, {}, "entropy", all);
  return all;
}

TEST(ModelCard, TellsWhatAModelWasMadeOfAndHowGoodItIs) {
  const TemporaryFolder folder;
  const std::filesystem::path path = write_text(folder, example_model());
  const features::FeatureMatrix matrix = example_matrix();
  const LabelledRows rows = example_rows(matrix);
  const DayRecord day{"bitcoin", "2025-10-26", 7, "abc", rows.rows.size(), rows.positives()};
  ModelCard card;
  card.task = "alert_scorer";
  card.version = "1.0.0";
  card.training_days = {day};
  for (const std::string& name : matrix.names) card.features.push_back({.name = name});
  card.on_training_days = evaluate(judged_rows(path, rows), card.training_days);
  const nlohmann::json json = nlohmann::json::parse(card.to_json());
  EXPECT_EQ(json.at("training_data").at(0).at("positives"), rows.positives());
  EXPECT_EQ(json.at("features").size(), 3U);
  EXPECT_GT(json.at("on_training_data").at("auc_roc"), 0.95);
  EXPECT_LT(json.at("on_training_data").at("producer_confidence").at("auc_roc"),
            json.at("on_training_data").at("auc_roc"));
  EXPECT_TRUE(json.at("held_out").is_null());
}

TEST(ModelCard, LeavesOutMetricsThatOneClassCannotGive) {
  const TemporaryFolder folder;
  const std::filesystem::path path = write_text(folder, example_model());
  const features::FeatureMatrix matrix = example_matrix();
  LabelledRows rows = example_rows(matrix);
  rows.labels.assign(rows.labels.size(), 0);
  ModelCard card;
  card.on_training_days = evaluate(judged_rows(path, rows), {});
  const nlohmann::json json = nlohmann::json::parse(card.to_json());
  EXPECT_FALSE(json.at("on_training_data").contains("auc_roc"));
  EXPECT_TRUE(json.at("on_training_data").at("scores").contains("median"));
}

// What a batch reads of a card is what training wrote.
TEST(ModelCard, IsReadAsItWasWritten) {
  const TemporaryFolder folder;
  const std::filesystem::path path = write_text(folder, example_model());
  ModelCard card;
  card.model_sha256 = "abc";
  card.alert_scorer_sha256 = "def";
  card.scale.calibration = Calibration{0.75, -0.125};
  card.profile.days = 1;
  card.profile.networks = {"bitcoin"};
  const std::vector<double> values{1, 2, 3, 4};
  const std::span<const double> day(values);
  card.profile.features["degree"] = profile_column(std::span(&day, 1));
  card.profile.probabilities = card.profile.features["degree"];
  std::filesystem::path card_path = path;
  write_file_atomically(card_path.replace_extension(".json"), card.to_json());
  const CardFacts facts = read_card_facts(path, "abc");
  ASSERT_TRUE(facts.scale.calibration);
  EXPECT_EQ(facts.scale.calibration->slope, 0.75);
  EXPECT_EQ(facts.scale.calibration->intercept, -0.125);
  EXPECT_EQ(facts.alert_scorer_sha256, "def");
  ASSERT_TRUE(facts.profile);
  EXPECT_EQ(facts.profile->features.at("degree").histogram.counts,
            card.profile.features["degree"].histogram.counts);
  EXPECT_FALSE(read_card_facts(path, "another").scale.calibration) << "a card of another model";

  // Blanks are as good as none, but not without end.
  const auto padded = [&](std::size_t bytes) {
    std::string text = card.to_json();
    text.resize(bytes, ' ');
    write_file_atomically(card_path, text);
    return read_card_facts(path, "abc").scale.calibration.has_value();
  };
  EXPECT_TRUE(padded((16 << 20) - 1));
  EXPECT_FALSE(padded(16 << 20));

  card.scale.calibration = Calibration{-1, 0};
  write_file_atomically(card_path, card.to_json());
  EXPECT_THROW(read_card_facts(path, "abc"), Error);
}

}  // namespace
}  // namespace aml::models
