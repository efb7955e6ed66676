#include "models/first_stage.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "../flows/example.h"
#include "metrics/ranking.h"
#include "models/first_stage_training.h"

namespace aml::models {
namespace {

std::shared_ptr<const flows::Graph> shared_graph(const std::vector<flows::Row>& rows) {
  return std::make_shared<const flows::Graph>(flows::graph_of(rows));
}

TEST(FirstStage, TellsOfCounterpartiesPatternAndCluster) {
  AddressWindow window;
  window.graph = shared_graph({{"a", "b", 30 * flows::kUnitsPerUsd, 10},
                               {"c", "a", 10 * flows::kUnitsPerUsd, 20},
                               {"b", "d", 5 * flows::kUnitsPerUsd, 30}});
  const auto number = [&](const char* text) { return window.graph->find(text).value(); };
  AddressScores scores(4, -1);
  scores[number("a")] = 100'000'000;
  scores[number("b")] = 200'000'000;
  scores[number("c")] = 600'000'000;
  scores[number("d")] = 900'000'000;
  window.communities.assign(4, flows::kNoCommunity);
  window.communities[number("a")] = 7;
  window.communities[number("d")] = 7;
  window.subjects = {{1, number("a")}, {2, number("b")}, {3, number("c")}};
  SubjectScores subjects;
  add_subject_scores(window, scores, 1, subjects);

  AlertFacts facts;
  facts.subjects = {1, 2, 3, 9, 1};  // the subject 9 has no transfers
  facts.patterns = {"p", "p", "p", "p", ""};
  facts.members = {{0, 1}, {3}};
  const FirstStageColumns columns = first_stage_columns(facts, subjects);
  const auto value = [&](const char* name, std::size_t alert) {
    const auto& all = first_stage_features();
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (all[i].name == name) return columns[i][alert];
    }
    throw std::logic_error(name);
  };
  EXPECT_EQ(value("first_stage_own", 0), 0.1);
  EXPECT_NEAR(value("first_stage_counterparties_mean", 0), 0.4, 1e-9);
  EXPECT_NEAR(value("first_stage_counterparties_weighted_mean", 0), 0.3, 1e-9);
  EXPECT_EQ(value("first_stage_counterparties_largest", 0), 0.6);
  EXPECT_EQ(value("first_stage_community_mean", 0), 0.9);
  EXPECT_TRUE(std::isnan(value("first_stage_community_mean", 1)));
  EXPECT_EQ(value("first_stage_percentile", 2), 3.5 / 4);
  EXPECT_EQ(value("first_stage_percentile", 0), 0.25);
  EXPECT_NEAR(value("first_stage_pattern_mean", 0), 0.4, 1e-9);
  EXPECT_EQ(value("first_stage_pattern_largest", 0), 0.6);
  EXPECT_EQ(value("first_stage_pattern_largest", 2), 0.2);
  EXPECT_NEAR(value("first_stage_pattern_mean", 3), 0.3, 1e-9);
  EXPECT_EQ(value("first_stage_cluster_mean", 0), 0.2);
  EXPECT_EQ(value("first_stage_cluster_mean", 1), 0.1);
  EXPECT_TRUE(std::isnan(value("first_stage_cluster_mean", 3)));
  EXPECT_TRUE(std::isnan(value("first_stage_pattern_mean", 4)));
  EXPECT_TRUE(std::isnan(value("first_stage_own", 3)));
}

// A day of addresses that are known by a number of their own, and labels that follow nothing else.
struct Day {
  AddressDay addresses;
  AlertFacts facts;
  features::FeatureMatrix matrix;
  LabelledRows alerts;
  std::vector<int> labels;

  FirstStageDay first() const { return {&addresses, &facts}; }
};

std::unique_ptr<Day> example_day(int number, bool flips = false) {
  constexpr int kAddresses = 500;
  auto day = std::make_unique<Day>();
  std::vector<flows::Row> rows;
  for (int i = 0; i < kAddresses; ++i) {
    rows.push_back({"a" + std::to_string(i), "a" + std::to_string((i + 1 + number) % kAddresses),
                    flows::kUnitsPerUsd, flows::kStart + i});
  }
  AddressDay::Window& window = day->addresses.windows.emplace_back();
  window.around.graph = shared_graph(rows);
  window.around.communities.assign(kAddresses, flows::kNoCommunity);
  const std::size_t features = snapshot::AddressView::names().size();
  window.columns.resize(features);
  day->matrix.names = {"none"};
  day->matrix.columns = {{}};
  for (flows::Address address = 0; address < kAddresses; ++address) {
    window.addresses.push_back(address);
    // Of the address alone, whatever the day.
    std::mt19937 random(flows::AddressBook::hash_of(window.around.graph->text(address)) & 0xffff);
    for (std::size_t f = 0; f < features; ++f) {
      window.columns[f].push_back(static_cast<float>(random() % 1000));
    }
    if (address % 2 != 0) continue;
    window.around.subjects.push_back({address, address});
    day->facts.subjects.push_back(address);
    day->facts.patterns.emplace_back();
    day->facts.addresses.emplace_back(window.around.graph->text(address));
    day->matrix.ids.push_back(std::to_string(1'000'000 + address));
    day->matrix.columns[0].push_back(0);
    day->labels.push_back(static_cast<int>(random() % 4 == 0) ^ (flips ? 1 : 0));
  }
  Labels labels;
  for (std::size_t i = 0; i < day->labels.size(); ++i) {
    labels[day->matrix.ids[i]] = day->labels[i];
  }
  day->alerts = labelled_rows(day->matrix, labels);
  set_folds(day->addresses.windows.front());
  label_addresses(day->facts, day->alerts, day->addresses);
  return day;
}

double auc_of(const FirstStageColumns& columns, const Day& day) {
  return metrics::auc_roc(columns.front(), day.labels);
}

TEST(FirstStageTraining, DrawsOthersAndLeavesOutUnknownLabels) {
  auto day = example_day(1);
  const auto& labels = day->addresses.windows[0].labels;
  EXPECT_EQ(std::count(labels.begin(), labels.end(), 1),
            std::count(day->labels.begin(), day->labels.end(), 1));
  EXPECT_EQ(std::count(labels.begin(), labels.end(), -1), 0);  // fewer others than ten for each
  day->alerts.rows.resize(20);
  day->alerts.labels.resize(20);
  label_addresses(day->facts, day->alerts, day->addresses);
  EXPECT_EQ(std::count_if(labels.begin(), labels.end(), [](int l) { return l >= 0; }),
            20 + 20 * static_cast<int>(kOthersForEach));
}

// Labels that follow the address and nothing else: whoever saw the address knows them, and who did
// not must be at chance.
TEST(FirstStageTraining, NoModelSawTheAddressItScores) {
  const auto first = example_day(1);
  const auto second = example_day(2);
  const std::vector<FirstStageDay> days{first->first(), second->first()};
  const FirstStageTraining training(days, {}, 2);
  const auto columns = training.columns();
  EXPECT_NEAR(auc_of(columns[0][0], *first), 0.5, 0.1);
  EXPECT_NEAR(auc_of(columns[0][1], *second), 0.5, 0.1);
  EXPECT_GT(auc_of(training.columns_of(example_day(3)->first()), *first), 0.8);
  const FirstStageTraining alone(std::span<const FirstStageDay>(days).first(1), {}, 1);
  EXPECT_NEAR(auc_of(alone.columns()[0][0], *first), 0.5, 0.1);
}

TEST(FirstStageTraining, ALabelOfTheFutureChangesNothing) {
  const auto first = example_day(1);
  const auto second = example_day(2);
  const auto third = example_day(3);
  const auto other = example_day(3, /*flips=*/true);
  const std::vector<FirstStageDay> days{first->first(), second->first(), third->first()};
  const std::vector<FirstStageDay> changed{first->first(), second->first(), other->first()};
  const std::vector<HeldBackFit> plan{{.learned = {0}, .scored = {1}, .is_out_of_time = true}};
  const auto before = FirstStageTraining(days, plan, 1).columns();
  const auto after = FirstStageTraining(changed, plan, 2).columns();
  EXPECT_EQ(before[0][0][0], after[0][0][0]);
  EXPECT_EQ(before[0][1][0], after[0][1][0]);
  EXPECT_TRUE(before[0][2].empty());
  EXPECT_NE(before[1][0][0], after[1][0][0]);  // what learns from the third day sees it
}

TEST(FirstStageTraining, CommunitiesStayInOneFold) {
  AddressDay::Window window;
  std::vector<flows::Row> rows;
  for (int i = 0; i < 200; ++i) {
    rows.push_back({"s" + std::to_string(i), "t" + std::to_string(i), 1, flows::kStart + i});
  }
  window.around.graph = shared_graph(rows);
  for (std::uint32_t i = 0; i < 400; ++i) window.around.communities.push_back(i % 40);
  set_folds(window);
  int folds[kFirstStageFolds + 1] = {};
  for (std::size_t i = 0; i < 400; ++i) {
    EXPECT_EQ(window.folds[i], window.folds[i % 40]);
    ++folds[window.folds[i]];
  }
  EXPECT_GT(folds[1], 50);
  EXPECT_GT(folds[2], 50);
}

TEST(FirstStageTraining, ACommunityOfNearlyAllSaysNothing) {
  AddressDay::Window window;
  std::vector<flows::Row> rows;
  for (int i = 0; i < 600; ++i) {
    rows.push_back({"s" + std::to_string(i), "t" + std::to_string(i), 1, flows::kStart + i});
  }
  window.around.graph = shared_graph(rows);
  window.around.communities.assign(1200, 1);
  set_folds(window);
  EXPECT_GT(std::count(window.folds.begin(), window.folds.end(), 1), 500);
  EXPECT_GT(std::count(window.folds.begin(), window.folds.end(), 2), 500);
}

TEST(FirstStageTraining, LabelsOfOneClassGiveNoModel) {
  auto day = example_day(1);
  day->alerts.labels.assign(day->alerts.labels.size(), 0);
  label_addresses(day->facts, day->alerts, day->addresses);
  const std::vector<FirstStageDay> days{day->first()};
  EXPECT_EQ(FirstStageTraining(days, {}, 1).model_text(), "");
}

}  // namespace
}  // namespace aml::models
