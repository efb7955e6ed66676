// A validator in a world that fails, from one seed: its ledger and sender of weights alone, and its
// whole rounds. AML_SIMULATION_SEEDS=N tries so many seeds, AML_SIMULATION_SEED=N that one alone,
// and AML_SIMULATION_STEPS=N takes so many steps of each (docs/reliability.md).
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <string>

#include "../base/sanitizers.h"
#include "base/environment.h"
#include "base/log.h"
#include "base/parse_number.h"
#include "simulated_rounds.h"
#include "simulated_validator.h"

namespace aml::simulated {
namespace {

// Under the sanitizer each is ten times as slow.
constexpr std::uint64_t kSeeds = test::kAddressSanitizer ? 2 : 8;
constexpr std::uint64_t kSteps = 600;
constexpr std::uint64_t kRoundSteps = 100;

std::uint64_t setting(const char* name, std::uint64_t otherwise) {
  const auto text = environment(name);
  return text ? parse_number<std::uint64_t>(*text).value_or(otherwise) : otherwise;
}

struct Outcome {
  std::size_t rounds = 0;
  std::size_t crashes = 0;
  std::uint64_t failures = 0;
  std::uint64_t requests = 0;
  std::uint64_t trace = 0;
};

// Every third seed has a world in which all goes well but for crashes.
Outcome run(std::uint64_t seed, std::uint64_t steps) {
  SimulatedValidator subnet(seed, seed % 3 == 0 ? 0 : static_cast<int>(3 * (seed % 7)));
  for (; steps > 0; --steps) subnet.step();
  subnet.settle();
  return {subnet.rounds(), subnet.crashes(), subnet.refused_writes(), subnet.chain().requests(),
          subnet.trace()};
}

class SimulatedSubnet : public testing::Test {
 protected:
  void SetUp() override { log::configure(log::Format::json, log::Level::error); }
  void TearDown() override { log::configure(log::Format::automatic, log::Level::info); }
};

TEST_F(SimulatedSubnet, KeepsItsPromises) {
  const std::uint64_t only = setting("AML_SIMULATION_SEED", 0);
  const std::uint64_t end = only > 0 ? only : setting("AML_SIMULATION_SEEDS", kSeeds);
  const std::uint64_t steps = setting("AML_SIMULATION_STEPS", kSteps);
  Outcome all;
  for (std::uint64_t seed = only > 0 ? only : 1; seed <= end; ++seed) {
    Outcome one;
    ASSERT_NO_THROW(one = run(seed, steps)) << "AML_SIMULATION_SEED=" << seed << " repeats it";
    all.rounds += one.rounds;
    all.crashes += one.crashes;
    all.failures += one.failures;
    all.requests += one.requests;
    all.trace ^= one.trace;
  }
  const std::string told =
      fmt::format("{} rounds, {} crashes, {} refused writes, {} sendings, trace {:016x}",
                  all.rounds, all.crashes, all.failures, all.requests, all.trace);
  RecordProperty("outcome", told);
  fmt::print("{}\n", told);
  if (only > 0 || environment("AML_SIMULATION_STEPS")) return;
  EXPECT_GT(all.rounds, 10 * end);
  EXPECT_GT(all.crashes, end);
  EXPECT_GT(all.requests, end);
  EXPECT_GT(all.failures, end);
}

struct RoundsOutcome {
  std::size_t rounds = 0;
  std::size_t crashes = 0;
  std::size_t failures = 0;
  std::size_t questions = 0;
  std::uint64_t requests = 0;
  std::uint64_t trace = 0;
};

RoundsOutcome run_rounds(std::uint64_t seed, std::uint64_t steps) {
  SimulatedRounds subnet(seed, seed % 3 == 0 ? 0 : static_cast<int>(3 * (seed % 7)));
  for (; steps > 0; --steps) subnet.step();
  subnet.settle();
  return {subnet.rounds(),    subnet.crashes(),          subnet.failures(),
          subnet.questions(), subnet.chain().requests(), subnet.trace()};
}

TEST_F(SimulatedSubnet, KeepsItsPromisesInWholeRounds) {
  const std::uint64_t only = setting("AML_SIMULATION_SEED", 0);
  const std::uint64_t end = only > 0 ? only : setting("AML_SIMULATION_SEEDS", kSeeds);
  const std::uint64_t steps = setting("AML_SIMULATION_STEPS", kRoundSteps);
  RoundsOutcome all;
  for (std::uint64_t seed = only > 0 ? only : 1; seed <= end; ++seed) {
    RoundsOutcome one;
    ASSERT_NO_THROW(one = run_rounds(seed, steps))
        << "AML_SIMULATION_SEED=" << seed << " repeats it";
    all.rounds += one.rounds;
    all.crashes += one.crashes;
    all.failures += one.failures;
    all.questions += one.questions;
    all.requests += one.requests;
    all.trace ^= one.trace;
  }
  const std::string told = fmt::format(
      "{} whole rounds, {} crashes, {} failed steps, {} questions, {} sendings, trace {:016x}",
      all.rounds, all.crashes, all.failures, all.questions, all.requests, all.trace);
  RecordProperty("outcome", told);
  fmt::print("{}\n", told);
  if (only > 0 || environment("AML_SIMULATION_STEPS")) return;
  EXPECT_GT(all.rounds, 8 * end);
  EXPECT_GT(all.crashes, end);
  EXPECT_GT(all.failures, end);
  EXPECT_GT(all.requests, end);
}

TEST_F(SimulatedSubnet, RepeatsASeed) {
  const Outcome first = run(4, 200);
  const Outcome second = run(4, 200);
  EXPECT_EQ(first.trace, second.trace);
  EXPECT_NE(first.trace, run(5, 200).trace);
  EXPECT_EQ(run_rounds(4, 40).trace, run_rounds(4, 40).trace);
}

}  // namespace
}  // namespace aml::simulated
