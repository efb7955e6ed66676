// What a market pays, as claims: a day's answers go through everything that docs/validation.md says
// under "What is paid". Seeds are stated; bench/economy has a larger one.
#include "market.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>

#include "../base/sanitizers.h"
#include "metrics/correlation.h"

namespace aml::validation::market {
namespace {

// Under the sanitizer each takes ten times as long.
constexpr std::size_t kDays = test::kAddressSanitizer ? 10 : 16;
constexpr std::size_t kNoise = test::kAddressSanitizer ? 6 : 64;
constexpr std::size_t kNoisyCopies = test::kAddressSanitizer ? 3 : 6;

constexpr double kRoom = 1.15;  // by which N identities of one model may earn more than one

std::vector<std::string> honest_names(const Market& market) {
  std::vector<std::string> names;
  for (std::size_t f = 0; f < market.options().skills.size(); ++f) {
    names.push_back("honest " + std::to_string(f + 1));
  }
  return names;
}

std::vector<std::string> together(std::vector<std::string> names,
                                  const std::vector<std::string>& more) {
  names.insert(names.end(), more.begin(), more.end());
  return names;
}

class MarketOfMany : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    market_ = std::make_unique<Market>(Options{.seed = 1, .days = kDays, .alerts = 1300});
    const auto names = honest_names(*market_);
    for (std::size_t f = 0; f < names.size(); ++f) market_->add(names[f], honest(f, 1, 0.5));
    for (const auto& [name, strategy] : public_strategies()) market_->add(name, strategy);
    market_->add("model", noisy_copy(2, 0));
    market_->add_same("same", "model", 16);
    market_->add("noisy", noisy_copy(2, 0.1), kNoisyCopies);
    for (const double share : {0.0, 0.5, 0.8}) {
      market_->add("own " + std::to_string(share), blended_with_public(1, share));
    }
  }
  static void TearDownTestSuite() { market_.reset(); }

  static std::vector<std::string> public_names() {
    std::vector<std::string> names;
    for (const auto& [name, strategy] : public_strategies()) names.push_back(name);
    return names;
  }

  static std::unique_ptr<Market> market_;
};
std::unique_ptr<Market> MarketOfMany::market_;

TEST_F(MarketOfMany, WhoeverKnowsMoreEarnsMore) {
  const auto names = honest_names(*market_);
  const Outcome outcome = market_->play(names);
  std::vector<double> weights;
  for (const std::string& name : names) {
    EXPECT_GT(outcome.weights.at(name), 0) << name;
    weights.push_back(outcome.weights.at(name));
  }
  EXPECT_GE(*metrics::spearman(weights, market_->options().skills), 0.9);
}

TEST_F(MarketOfMany, TheEnsembleBeatsWhatAnyoneHasAndEachMinerAlone) {
  const auto names = honest_names(*market_);
  const Outcome outcome = market_->play(names);
  EXPECT_GT(outcome.blended_points, outcome.reference_points + 0.01);
  for (const std::string& name : names) {
    EXPECT_GT(outcome.blended_points, market_->play({name}).blended_points) << name;
  }
}

TEST_F(MarketOfMany, WhatAnyoneHasEarnsAtMostATwentiethOfAnHonestShare) {
  const auto names = honest_names(*market_);
  const Outcome outcome = market_->play(together(names, public_names()));
  double honest = 0;
  for (const std::string& name : names) {
    honest += outcome.weights.at(name) / static_cast<double>(names.size());
  }
  double all = 0;
  for (const std::string& name : public_names()) {
    EXPECT_LE(outcome.weights.at(name), 0.05 * honest) << name;
    all += outcome.weights.at(name);
  }
  EXPECT_LE(all, 0.15);
}

TEST_F(MarketOfMany, EqualIdentitiesEarnTogetherWhatOneEarns) {
  const auto others = together({"honest 1", "honest 2"}, {"model"});
  const Outcome one = market_->play(others, 20);
  const Outcome many = market_->play(together(others, {"same"}), 20);
  EXPECT_LE(many.weights.at("model") + many.weights.at("same"), kRoom * one.weights.at("model"));
  EXPECT_NEAR(many.weights.at("same") / 16, many.weights.at("model"), 1e-6);
  EXPECT_GE(many.weights.at("honest 1"), 0.97 * one.weights.at("honest 1"));
}

TEST_F(MarketOfMany, NearlyEqualIdentitiesEarnTogetherWhatOneEarns) {
  const std::vector<std::string> others{"honest 1", "honest 2"};
  const Outcome one = market_->play(together(others, {"model"}), 20);
  const Outcome many = market_->play(together(others, {"noisy"}), 20);
  EXPECT_LE(many.weights.at("noisy"), kRoom * one.weights.at("model"));
  const Outcome both = market_->play(together(others, {"model", "noisy"}), 20);
  EXPECT_LE(both.weights.at("model") + both.weights.at("noisy"), kRoom * one.weights.at("model"));
  EXPECT_GE(both.weights.at("honest 2"), 0.97 * one.weights.at("honest 2"));
}

TEST_F(MarketOfMany, AnAnswerItsOwnPartAndBlendsWithPublicModelsEarnTheSame) {
  const std::vector<std::string> others{"honest 1", "honest 3"};
  const auto earned = [&](double share) {
    const std::string name = "own " + std::to_string(share);
    return market_->play(together(others, {name})).points.at(name);
  };
  const double own = earned(0.0);
  EXPECT_GT(own, 0);
  EXPECT_NEAR(earned(0.5) / own, 1, 0.15);
  EXPECT_NEAR(earned(0.8) / own, 1, 0.15);
}

TEST(MarketOfNoise, ManyWhoRegisterAgainEarnNothing) {
  Market market(Options{.seed = 3, .days = 10, .alerts = 400});
  market.add("honest", honest(0, 1, 0.5));
  market.add("noise", public_strategies()[13].second, kNoise / 2);
  market.add("noise by address", public_strategies()[14].second, kNoise / 2);
  const Outcome outcome =
      market.play({"honest", "noise", "noise by address"}, kNoise, {"noise", "noise by address"});
  EXPECT_GT(outcome.weights.at("honest"), 0.98);
  EXPECT_LE(outcome.weights.at("noise") + outcome.weights.at("noise by address"), 0.02);
  const Outcome alone = market.play({"noise"}, kNoise, {"noise"});
  EXPECT_EQ(alone.weights.at("noise"), 0) << "and the weight goes to nobody";
}

TEST(MarketOfTwo, TheNumberOfThreadsChangesNoBit) {
  const auto play = [](int threads) {
    Market market(Options{.seed = 5, .days = 6, .alerts = 400, .threads = threads});
    market.add("honest", honest(0, 1, 0.2), 3);
    market.add("stock", public_strategies()[0].second);
    return market.play({"honest", "stock"});
  };
  const Outcome one = play(1);
  const Outcome four = play(4);
  EXPECT_EQ(one.points, four.points);
  EXPECT_EQ(one.weights, four.weights);
  EXPECT_EQ(one.blended_points, four.blended_points);
  EXPECT_GT(one.points.at("honest"), 0);
}

}  // namespace
}  // namespace aml::validation::market
