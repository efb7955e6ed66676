#include "miner/admission.h"

#include <gtest/gtest.h>

namespace aml::miner {
namespace {

using bittensor::Neuron;
using namespace std::chrono_literals;

Neuron validator(double stake, bool permit = true) {
  Neuron neuron;
  neuron.stake = stake;
  neuron.validator_permit = permit;
  return neuron;
}

int refused_with(const std::variant<Ticket, Refusal>& decision) {
  const auto* refusal = std::get_if<Refusal>(&decision);
  return refusal == nullptr ? 0 : refusal->status;
}

TEST(Admission, AsksForAPermitAndEnoughStake) {
  const Admission admission({.min_stake = 100});
  const Neuron enough = validator(100);
  const Neuron poor = validator(99.9);
  const Neuron miner = validator(1000, false);
  EXPECT_FALSE(admission.refuse_stranger("a", &enough, true));
  EXPECT_EQ(admission.refuse_stranger("a", &poor, true)->status, 403);
  EXPECT_EQ(admission.refuse_stranger("a", &miner, true)->status, 403);
  EXPECT_EQ(admission.refuse_stranger("a", nullptr, true)->status, 403);
  EXPECT_EQ(admission.refuse_stranger("a", nullptr, false)->status, 503);
}

TEST(Admission, TakesTheListAsItIs) {
  const Admission admission({.min_stake = 100, .allowed = {"a"}});
  EXPECT_FALSE(admission.refuse_stranger("a", nullptr, false));
  EXPECT_EQ(admission.refuse_stranger("b", nullptr, true)->status, 403);
}

TEST(Admission, RefillsWithTime) {
  Admission admission({.per_minute = 6, .at_once = 100});
  auto now = Admission::Clock::now();
  for (int i = 0; i < 6; ++i) EXPECT_EQ(refused_with(admission.admit("a", now)), 0);
  const auto decision = admission.admit("a", now);
  ASSERT_EQ(refused_with(decision), 429);
  EXPECT_EQ(std::get<Refusal>(decision).retry_after_s, 10);
  EXPECT_EQ(refused_with(admission.admit("b", now)), 0) << "each hotkey has its own";
  EXPECT_EQ(refused_with(admission.admit("a", now + 9s)), 429);
  EXPECT_EQ(refused_with(admission.admit("a", now + 11s)), 0);
  now += 1h;
  for (int i = 0; i < 6; ++i) EXPECT_EQ(refused_with(admission.admit("a", now)), 0);
  EXPECT_EQ(refused_with(admission.admit("a", now)), 429) << "a long pause saves up no more";
}

TEST(Admission, CountsWhatIsUnderWay) {
  Admission admission({.per_minute = 1000, .at_once = 2});
  auto first = admission.admit("a");
  auto second = admission.admit("a");
  EXPECT_EQ(refused_with(admission.admit("a")), 429);
  first = Refusal{};
  EXPECT_EQ(refused_with(admission.admit("a")), 0);
}

TEST(Admission, OutlivesItselfInTickets) {
  auto admission = std::make_unique<Admission>(AdmissionPolicy{});
  auto ticket = admission->admit("a");
  admission.reset();
  ticket = Refusal{};
}

TEST(Admission, PutsStakeFirst) {
  const Admission admission({.allowed = {"listed"}});
  const Neuron rich = validator(5e6);
  const Neuron poor = validator(10);
  const Neuron vast = validator(1e30);
  const Neuron odd = validator(-1);
  EXPECT_GT(admission.priority("a", &rich), admission.priority("b", &poor));
  EXPECT_GT(admission.priority("listed", nullptr), admission.priority("a", &vast));
  EXPECT_EQ(admission.priority("a", &odd), 0);
  EXPECT_EQ(admission.priority("a", nullptr), 0);
}

}  // namespace
}  // namespace aml::miner
