// What earns who learns from what is published: docs/validation.md, under "Measured". Seeds are
// stated; bench/economy --schemes has a larger one.
#include "market_schemes.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "../base/sanitizers.h"

namespace aml::validation::market {
namespace {

constexpr std::size_t kVictim = 2;

struct Theft {
  double of_victims_pay = 0;  // the distiller's points, as a share of the victim's without it
  double victim_keeps = 0;
};

// A distiller taught by one miner's bodies a day after they were given, in a market where half of
// what miners know of an alert is a function of what everyone sees.
Theft theft(std::size_t recipe_truths) {
  Market market(Options{.seed = 3,
                        .days = 16,
                        .alerts = 1500,
                        .skills = {0.7, 0.6, 0.5},
                        .learnable = 0.5,
                        .recipe_truths = recipe_truths});
  const std::vector<std::string> honest{"first", "second", "victim"};
  for (std::size_t f = 0; f < honest.size(); ++f) market.add(honest[f], noisy_copy(f, 0));
  market.add("distiller", distiller(market, {kVictim, 1}));
  std::vector<std::string> all = honest;
  all.emplace_back("distiller");
  const Outcome before = market.play(honest, 32);
  const Outcome after = market.play(all, 32);
  return {after.points.at("distiller") / before.points.at("victim"),
          after.points.at("victim") / before.points.at("victim")};
}

TEST(MarketOfDistillers, WhoLearnsAVictimsFunctionEarnsLittleWhereTheRecipeKnowsIt) {
  if (test::kAddressSanitizer) GTEST_SKIP() << "it takes minutes, and no memory of its own";
  const Theft known = theft(10);
  EXPECT_LE(known.of_victims_pay, 0.2);
  EXPECT_GE(known.victim_keeps, 0.8);
  const Theft unknown = theft(0);
  EXPECT_LT(known.of_victims_pay, 0.75 * unknown.of_victims_pay);
  EXPECT_GT(known.victim_keeps, unknown.victim_keeps);
}

}  // namespace
}  // namespace aml::validation::market
