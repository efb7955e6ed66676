// What earlier programs wrote goes on: tests/compat/VERSION/cases.sqlite.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "base/error.h"
#include "cases/desk.h"
#include "cases_fixture.h"

namespace aml::cases {
namespace {

namespace fs = std::filesystem;

// Of the file of format 1, in which all that can happen to an alert has happened to some. The
// program that wrote it drew 0.3 of the alerts for blind review.
constexpr const char* kReopened = "488f02c3-2e31-5267-9380-3b4885a4638c";
constexpr const char* kUndone = "a9700ce4-5b84-5075-a2bd-3926989a2ec3";
constexpr const char* kSeen = "3c297db2-74b1-53c8-a4a5-fe9831ec45fd";
constexpr const char* kProposed = "31d6dc64-572e-52d9-b3b4-78712e1451a4";
constexpr const char* kDisputed = "532de4e8-0ce0-5f04-8b93-4fc3647bb7ff";
constexpr const char* kReported = "fff503fd-4f0e-5ea6-9735-6254137c237f";

class CasesFormats : public CasesFixture {
 protected:
  CasesFormats() {
    fs::copy_file(fs::path(AML_SOURCE_DIR) / "tests" / "compat" / "0.1.0" / "cases.sqlite", path());
    fs::permissions(path(), fs::perms::owner_read | fs::perms::owner_write);
  }
};

TEST_F(CasesFormats, AreBroughtForwardAfterACopy) {
  EXPECT_THROW(open_cases(path(), SqlDatabase::Mode::read_only), Error);
  Store store(path());
  EXPECT_TRUE(fs::exists(path() + ".format-1"));
  EXPECT_EQ(verified().entries, 30);
  const auto was_decided = [&](const char* id) { return store.state(kDay, id)->state.was_decided; };
  EXPECT_TRUE(was_decided(kReported));
  EXPECT_TRUE(was_decided(kReopened));
  EXPECT_TRUE(was_decided(kUndone));
  EXPECT_FALSE(was_decided(kSeen));
  EXPECT_FALSE(was_decided(kProposed));
  EXPECT_FALSE(was_decided(kDisputed));
  EXPECT_EQ(store.tallies(kDay, kDay).at(0).second.waiting, 2);
  append(store, "carla", kDisputed, Verdict::report);
  EXPECT_EQ(store.tallies(kDay, kDay).at(0).second.waiting, 1);
  EXPECT_EQ(verified().entries, 31);
}

TEST_F(CasesFormats, GoOnWhereTheStepWasEndedHalfWay) {
  {
    const Store store(path());
  }
  SqlDatabase(path(), SqlDatabase::Mode::read_write)
      .run("UPDATE states SET shown = 1; INSERT INTO kept VALUES ('shown', 'not yet known')");
  EXPECT_THROW(open_cases(path(), SqlDatabase::Mode::read_only), Error);
  const Store store(path());
  EXPECT_EQ(verified().entries, 30);
}

TEST_F(CasesFormats, KeepWhomEarlierProgramsDrewAndDrawOthersByASecret) {
  const Store store(path());
  const Draws& draws = store.draws();
  EXPECT_EQ(draws.earlier_until, kDay);
  EXPECT_EQ(draws.secret.size(), 64U);
  EXPECT_NE(draws.secret, store.chain());
  const Desk desk({.blind_share = 0.3}, draws);
  for (const char* id : {kReported, kUndone}) EXPECT_TRUE(desk.is_blind(kDay, id)) << id;
  for (const char* id : {kProposed, kDisputed, kSeen, kReopened}) {
    EXPECT_FALSE(desk.is_blind(kDay, id)) << id;
  }
  // Who knows the chain's word draws others than the file does.
  const Desk guesser({.blind_share = 0.5}, {.secret = store.chain()});
  const Desk own({.blind_share = 0.5}, draws);
  int same = 0;
  for (int i = 0; i < 200; ++i) {
    const std::string id = std::to_string(i);
    same += static_cast<int>(own.is_blind("2025-10-27", id) == guesser.is_blind("2025-10-27", id));
  }
  EXPECT_LT(same, 150);
}

}  // namespace
}  // namespace aml::cases
