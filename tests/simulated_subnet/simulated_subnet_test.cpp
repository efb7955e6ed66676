// A validator in a world that fails, from one seed: its ledger and sender of weights alone, and its
// whole rounds. AML_SIMULATION_SEEDS=N tries so many seeds, AML_SIMULATION_SEED=N that one alone,
// and AML_SIMULATION_STEPS=N takes so many steps of each (docs/reliability.md).
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <string>

#include "../base/sanitizers.h"
#include "base/environment.h"
#include "base/error.h"
#include "base/log.h"
#include "base/parse_number.h"
#include "simulated_rounds.h"
#include "simulated_validator.h"
#include "validator/ledger.h"

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
  std::size_t questions = 0;  // of whole rounds
};

// Every third seed has a world in which all goes well but for crashes.
template <typename Subnet>
Subnet subnet_of(std::uint64_t seed) {
  return Subnet(seed, seed % 3 == 0 ? 0 : static_cast<int>(3 * (seed % 7)));
}

template <typename Subnet>
void go(Subnet& subnet, std::uint64_t steps) {
  for (; steps > 0; --steps) subnet.step();
  subnet.settle();
}

Outcome run(std::uint64_t seed, std::uint64_t steps) {
  auto subnet = subnet_of<SimulatedValidator>(seed);
  go(subnet, steps);
  return {subnet.rounds(), subnet.crashes(), subnet.refused_writes(), subnet.chain().requests(),
          subnet.trace()};
}

Outcome run_rounds(std::uint64_t seed, std::uint64_t steps) {
  auto subnet = subnet_of<SimulatedRounds>(seed);
  go(subnet, steps);
  return {subnet.rounds(),           subnet.crashes(), subnet.failures(),
          subnet.chain().requests(), subnet.trace(),   subnet.questions()};
}

bool is_one_seed() { return setting("AML_SIMULATION_SEED", 0) > 0; }
std::uint64_t last_seed() {
  return is_one_seed() ? setting("AML_SIMULATION_SEED", 0)
                       : setting("AML_SIMULATION_SEEDS", kSeeds);
}

// Adds up what the seeds that were asked for come to.
void run_seeds(Outcome (*run_seed)(std::uint64_t, std::uint64_t), std::uint64_t usual_steps,
               Outcome& all) {
  const std::uint64_t steps = setting("AML_SIMULATION_STEPS", usual_steps);
  for (std::uint64_t seed = is_one_seed() ? last_seed() : 1; seed <= last_seed(); ++seed) {
    Outcome one;
    ASSERT_NO_THROW(one = run_seed(seed, steps)) << "AML_SIMULATION_SEED=" << seed << " repeats it";
    all.rounds += one.rounds;
    all.crashes += one.crashes;
    all.failures += one.failures;
    all.questions += one.questions;
    all.requests += one.requests;
    all.trace ^= one.trace;
  }
}

class SimulatedSubnet : public testing::Test {
 protected:
  void SetUp() override { log::configure(log::Format::json, log::Level::error); }
  void TearDown() override { log::configure(log::Format::automatic, log::Level::info); }
  // Says what came of the seeds; whether there were enough to expect something of them.
  static bool told(const std::string& outcome) {
    RecordProperty("outcome", outcome);
    fmt::print("{}\n", outcome);
    return !is_one_seed() && !environment("AML_SIMULATION_STEPS");
  }
};

TEST_F(SimulatedSubnet, KeepsItsPromises) {
  Outcome all;
  ASSERT_NO_FATAL_FAILURE(run_seeds(run, kSteps, all));
  if (!told(fmt::format("{} rounds, {} crashes, {} refused writes, {} sendings, trace {:016x}",
                        all.rounds, all.crashes, all.failures, all.requests, all.trace))) {
    return;
  }
  EXPECT_GT(all.rounds, 10 * last_seed());
  EXPECT_GT(all.crashes, last_seed());
  EXPECT_GT(all.requests, last_seed());
  EXPECT_GT(all.failures, last_seed());
}

TEST_F(SimulatedSubnet, KeepsItsPromisesInWholeRounds) {
  Outcome all;
  ASSERT_NO_FATAL_FAILURE(run_seeds(run_rounds, kRoundSteps, all));
  if (!told(fmt::format(
          "{} whole rounds, {} crashes, {} failed steps, {} questions, {} sendings, trace {:016x}",
          all.rounds, all.crashes, all.failures, all.questions, all.requests, all.trace))) {
    return;
  }
  EXPECT_GT(all.rounds, 8 * last_seed());
  EXPECT_GT(all.crashes, last_seed());
  EXPECT_GT(all.failures, last_seed());
  EXPECT_GT(all.requests, last_seed());
}

TEST_F(SimulatedSubnet, RepeatsASeed) {
  const Outcome first = run(4, 200);
  const Outcome second = run(4, 200);
  EXPECT_EQ(first.trace, second.trace);
  EXPECT_NE(first.trace, run(5, 200).trace);
  EXPECT_EQ(run_rounds(4, 40).trace, run_rounds(4, 40).trace);
}

// What a disk took and did not sync is there once the program was killed and starts again, and goes
// with the power: it must not have been read in between.
TEST_F(SimulatedSubnet, ReadsNothingThatThePowerTakesAway) {
  using validator::Ledger;
  const auto open = [] {
    return std::make_unique<Ledger>("/simulated", validator::SqlDatabase::Mode::read_write);
  };
  int unsynced = 0;
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    Random random(seed);
    FaultyDisk disk(random, 0);
    auto ledger = open();
    ledger->keep("state", "before");
    disk.set_faults(300);
    bool is_refused = false;
    try {
      ledger->keep("state", "after");
    } catch (const Error&) {
      is_refused = true;
    }
    disk.set_faults(0);
    disk.cut_power();
    ledger.reset();
    disk.restart();
    ledger = open();
    const std::string read = ledger->kept("state");
    unsynced += is_refused && read == "after" ? 1 : 0;
    disk.cut_power();
    ledger.reset();
    disk.restore_power();
    EXPECT_EQ(open()->kept("state"), read) << seed;
  }
  EXPECT_GT(unsynced, 0);
}

}  // namespace
}  // namespace aml::simulated
