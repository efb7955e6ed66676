#include "models/model_card.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "example.h"

namespace aml::models {
namespace {

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
  card.on_training_days =
      evaluate(*forest::load_model(path), path, std::span(&rows, 1), card.training_days, "entropy");
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
  card.on_training_days =
      evaluate(*forest::load_model(path), path, std::span(&rows, 1), {}, "entropy");
  const nlohmann::json json = nlohmann::json::parse(card.to_json());
  EXPECT_FALSE(json.at("on_training_data").contains("auc_roc"));
  EXPECT_TRUE(json.at("on_training_data").at("scores").contains("median"));
}

}  // namespace
}  // namespace aml::models
