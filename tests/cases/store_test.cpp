#include "cases/store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "base/error.h"
#include "cases_fixture.h"

namespace aml::cases {
namespace {

using ::testing::HasSubstr;

class CasesStore : public CasesFixture {};

TEST_F(CasesStore, KeepsWhatWasDoneAcrossOpenings) {
  {
    Store store(path());
    append(store, "anna", "x", Verdict::no_report);
  }
  Store store(path());
  const auto state = store.state(kDay, "x");
  ASSERT_TRUE(state);
  EXPECT_EQ(state->state.stage, Stage::decided);
  EXPECT_EQ(state->state.verdict, Verdict::no_report);
  EXPECT_EQ(state->state.due, "2025-11-25");
  EXPECT_EQ(store.head(), 1);
  EXPECT_EQ(store.entries(kDay, "x").front().author, "anna");
}

TEST_F(CasesStore, IsForItsOwnerAlone) {
  const Store store(path());
  namespace fs = std::filesystem;
  EXPECT_EQ(fs::status(path()).permissions() & (fs::perms::group_all | fs::perms::others_all),
            fs::perms::none);
}

TEST_F(CasesStore, AppendsAllOrNone) {
  Store store(path());
  append(store, "anna", "b");
  EXPECT_THROW(store.append(deed("ben"), std::vector{alert("a"), alert("b")}), Conflict);
  EXPECT_FALSE(store.state(kDay, "a"));
  EXPECT_EQ(store.head(), 1);
}

TEST_F(CasesStore, NamesAllThatStandInTheWay) {
  Store store(path());
  for (const char* id : {"b", "d"}) append(store, "anna", id);
  store.lock(kDay, "e", "anna", store.head());
  const auto in_the_way = [&](std::int64_t seen_until) {
    Deed late = deed("ben");
    late.seen_until = seen_until;
    try {
      store.append(late, std::vector{alert("a"), alert("b"), alert("c"), alert("d"), alert("e")});
    } catch (const Conflict& found) {
      return std::pair(found.kind(), found.alerts());
    }
    return std::pair(Conflict::Kind::changed, std::vector<std::string>());
  };
  const std::vector<std::string> all{"b", "d", "e"};
  EXPECT_EQ(in_the_way(0), std::pair(Conflict::Kind::changed, all));
  EXPECT_EQ(in_the_way(1), std::pair(Conflict::Kind::changed, all)) << "d alone is news";
  EXPECT_EQ(in_the_way(2), std::pair(Conflict::Kind::forbidden, all));
  EXPECT_EQ(store.head(), 2);
}

TEST_F(CasesStore, NamesAllThatAreInTheWayOfUndoing) {
  Store store(path());
  const std::int64_t first =
      store.append(deed("anna"), std::vector{alert("a"), alert("b"), alert("c")});
  Deed again = deed("ben", Verdict::none);
  again.action = Action::reopen;
  store.append(again, std::vector{alert("a"), alert("c")});
  try {
    store.undo("anna", kDay, first, store.head());
    ADD_FAILURE();
  } catch (const Conflict& found) {
    EXPECT_EQ(found.alerts(), (std::vector<std::string>{"a", "c"}));
    EXPECT_THAT(found.what(), HasSubstr("1 more of the alerts"));
  }
}

TEST_F(CasesStore, CountsADaysAlertsByWhereTheyStand) {
  Store store(path());
  const auto subject = [](const std::string& id, std::int64_t rank) {
    Subject made = alert(id);
    made.rank = rank;
    return made;
  };
  const auto tally = [&] { return store.tallies(kDay, kDay).at(0).second; };
  store.append(deed("anna"), std::vector{subject("a", 10), subject("b", 11), subject("c", 0)});
  EXPECT_EQ(tally().decided, 3);
  EXPECT_EQ(tally().first[0].report, 1);
  EXPECT_EQ(tally().first[1].report, 2);
  EXPECT_EQ(tally().first.back().report, 2) << "what is not ranked is among no first ones";
  const std::int64_t undone =
      store.append(deed("ben", Verdict::no_report), std::vector{subject("d", 2'000)});
  EXPECT_EQ(tally().first.back().no_report, 1);
  EXPECT_EQ(tally().first[6].no_report, 0);
  store.undo("ben", kDay, undone, store.head());
  EXPECT_EQ(tally().decided, 3);
  EXPECT_TRUE(store.tallies("2025-10-27", "2025-12-31").empty());
  EXPECT_EQ(verified().entries, store.head());
  const std::string cut = later();
  Subject next_day = subject("e", 1);
  next_day.date = "2025-10-27";
  store.append(deed("anna"), std::vector{next_day});
  store.forget_before(cut);
  EXPECT_TRUE(store.tallies(kDay, kDay).empty());
  EXPECT_EQ(store.tallies(kDay, "2025-10-27").at(0).second.decided, 1);
  EXPECT_EQ(verified().forgotten, 5);
}

TEST_F(CasesStore, CountsByTheCapacitiesThatAreReported) {
  const Store store(path());
  SqlDatabase raw(path(), SqlDatabase::Mode::read_only);
  SqlStatement row = raw.prepare("SELECT rank FROM capacities ORDER BY rank");
  for (const std::int64_t capacity : kCapacities) {
    ASSERT_TRUE(row.next());
    EXPECT_EQ(row.integer(0), capacity);
  }
  EXPECT_FALSE(row.next());
  EXPECT_EQ(capacity_of(0), 0);
  EXPECT_EQ(capacity_of(1), 10);
  EXPECT_EQ(capacity_of(2'000), 2'000);
  EXPECT_EQ(capacity_of(2'001), 0);
}

TEST_F(CasesStore, RefusesWhoHasSeenLessThanHappened) {
  Store store(path());
  append(store, "anna", "x", Verdict::seen);
  Deed late = deed("ben");
  late.seen_until = 0;
  EXPECT_THAT(conflict([&] { store.append(late, std::vector{alert("x")}); }),
              HasSubstr("anna has changed"));
  late.seen_until = 1;
  store.append(late, std::vector{alert("x")});
}

TEST_F(CasesStore, KeepsFourEyesOnWhatWasEverProposed) {
  Store store(path());
  const auto stage = [&] { return store.state(kDay, "x")->state.stage; };
  const auto propose = [&](const std::string& author) {
    Deed proposal = deed(author);
    proposal.needs_second = true;
    return store.append(proposal, std::vector{alert("x")});
  };
  const auto reopen = [&](const std::string& author) {
    Deed again = deed(author, Verdict::none);
    again.action = Action::reopen;
    store.append(again, std::vector{alert("x")});
  };
  const std::int64_t proposal = propose("anna");
  store.undo("anna", kDay, proposal, store.head());
  append(store, "anna", "x", Verdict::seen);
  EXPECT_EQ(stage(), Stage::open);
  append(store, "anna", "x", Verdict::no_report);
  EXPECT_EQ(stage(), Stage::proposed) << "undoing one's own proposal leads past nobody";
  EXPECT_THAT(conflict([&] { reopen("anna"); }), HasSubstr("must be another's"));
  reopen("ben");
  append(store, "ben", "x", Verdict::no_report);
  EXPECT_EQ(stage(), Stage::proposed) << "nor does reopening another's";
  append(store, "anna", "x", Verdict::report);
  EXPECT_EQ(stage(), Stage::disputed);
  EXPECT_THAT(conflict([&] { reopen("anna"); }), HasSubstr("a third person"));
  EXPECT_THAT(conflict([&] { reopen("ben"); }), HasSubstr("a third person"));
  append(store, "carla", "x", Verdict::report);
  EXPECT_EQ(stage(), Stage::decided);
  reopen("anna");
  append(store, "anna", "x", Verdict::no_report);
  EXPECT_EQ(stage(), Stage::proposed) << "nor is what several decided turned round by one";
  EXPECT_EQ(verified().entries, store.head());
}

TEST_F(CasesStore, IsBlindOnlyToWhoDecidesFirst) {
  Store store(path());
  Subject drawn = alert("x");
  drawn.is_blind = true;
  const auto decide = [&] { return store.append(deed("anna"), std::vector{drawn}); };
  const auto is_blind = [&] { return store.state(kDay, "x")->subject.is_blind; };
  const std::int64_t first = decide();
  EXPECT_TRUE(is_blind());
  store.undo("anna", kDay, first, store.head());
  EXPECT_TRUE(store.state(kDay, "x")->state.was_decided);
  decide();
  EXPECT_FALSE(is_blind()) << "the score was shown in between";
  EXPECT_EQ(verified().entries, 3);
}

TEST_F(CasesStore, NeitherDeletesNorChangesAnEntry) {
  Store store(path());
  append(store, "anna", "x");
  SqlDatabase raw(path(), SqlDatabase::Mode::read_write);
  EXPECT_THROW(raw.run("DELETE FROM entries"), Error);
  EXPECT_THROW(raw.run("UPDATE entries SET json = 'other'"), Error);
  EXPECT_THROW(
      raw.run("UPDATE entries SET at = 'other', json = NULL, date = NULL, alert_id = NULL"), Error);
}

TEST_F(CasesStore, LimitsWhatOnePersonHolds) {
  Store store(path());
  for (std::int64_t i = 0; i < kMostLocks; ++i) {
    EXPECT_TRUE(store.lock(kDay, std::to_string(i), "anna", store.head()));
  }
  EXPECT_THAT(conflict([&] { store.lock(kDay, "one more", "anna", store.head()); }),
              HasSubstr("holds 20 others"));
  EXPECT_TRUE(store.lock(kDay, "7", "anna", store.head()))
      << "what he holds he may hold for longer";
  EXPECT_FALSE(store.lock(kDay, "7", "ben", store.head()));
  append(store, "anna", "7");
  EXPECT_TRUE(store.lock(kDay, "one more", "anna", store.head())) << "what is decided is free";
  store.unlock(kDay, "8", "ben");
  EXPECT_EQ(store.locks(kDay).size(), 20U) << "nobody frees what another holds";
}

TEST_F(CasesStore, UndoesNothingThatAnotherHolds) {
  Store store(path());
  store.append(deed("anna"), std::vector{alert("x"), alert("y")});
  EXPECT_TRUE(store.lock(kDay, "y", "ben", store.head()));
  EXPECT_THAT(conflict([&] { store.undo("anna", kDay, 1, store.head()); }),
              HasSubstr("the alert y is being worked on by ben"));
  EXPECT_EQ(store.head(), 2) << "all or none";
  EXPECT_EQ(store.locks(kDay).size(), 1U);
  store.unlock(kDay, "y", "ben");
  EXPECT_TRUE(store.lock(kDay, "y", "anna", store.head()));
  store.undo("anna", kDay, 1, store.head());
  EXPECT_TRUE(store.locks(kDay).empty()) << "one's own is free after it";
}

TEST_F(CasesStore, FreesWhatIsHeldForSomebodyWhoIsGone) {
  Store store(path());
  for (const char* name : {"anna", "ben"}) {
    EXPECT_TRUE(store.lock(kDay, name, name, store.head()));
  }
  store.keep_locks_of(std::vector<std::string>{"ben", "carla"});
  ASSERT_EQ(store.locks(kDay).size(), 1U);
  EXPECT_EQ(store.locks(kDay).front().author, "ben");
  store.keep_locks_of({});
  EXPECT_TRUE(store.locks(kDay).empty());
}

TEST_F(CasesStore, HoldsNothingThatWasDecidedSinceItWasSeen) {
  Store store(path());
  append(store, "anna", "x");
  const std::int64_t seen = store.head();
  append(store, "ben", "y");
  EXPECT_FALSE(store.lock(kDay, "y", "anna", seen)) << "ben was faster";
  EXPECT_TRUE(store.lock(kDay, "z", "anna", seen));
  EXPECT_TRUE(store.lock(kDay, "y", "anna", store.head()));
}

TEST_F(CasesStore, FreesWhatIsHeldForTooLong) {
  Store store(path(), {.due_days = 30, .lock_time = std::chrono::seconds(0)});
  EXPECT_TRUE(store.lock(kDay, "x", "anna", store.head()));
  EXPECT_TRUE(store.lock(kDay, "x", "ben", store.head()));
}

TEST_F(CasesStore, ForgetsWhatIsOldAndStillProvesTheRest) {
  Store store(path());
  append(store, "anna", "kept", Verdict::seen);
  append(store, "anna", "old");
  const std::string middle = later();
  append(store, "ben", "kept", Verdict::seen);
  append(store, "ben", "new");
  EXPECT_EQ(store.forget_before(middle), 1);
  EXPECT_FALSE(store.state(kDay, "old"));
  EXPECT_TRUE(store.entries(kDay, "old").empty());
  EXPECT_TRUE(store.state(kDay, "new"));
  append(store, "anna", "newer");
  const TrailFindings found = verified();
  EXPECT_EQ(found.entries, 5);
  EXPECT_EQ(found.forgotten, 1);
}

TEST_F(CasesStore, ForgetsNothingThatStandsBehindWhatIsYoung) {
  Store store(path());
  append(store, "anna", "young");
  append(store, "ben", "old");
  {
    // As if the clock had been set back between the two.
    SqlDatabase raw(path(), SqlDatabase::Mode::read_write);
    raw.run("UPDATE states SET changed_at = '2019-01-01' WHERE alert_id = 'old'");
  }
  EXPECT_EQ(store.forget_before("2020-01-01T00:00:00Z"), 0);
}

TEST_F(CasesStore, ForgetsNothingByAClockThatRunsAhead) {
  Store store(path());
  append(store, "anna", "x");
  append(store, "ben", "y");
  EXPECT_EQ(store.forget_before("2999-01-01T00:00:00Z"), 0);
  EXPECT_TRUE(store.state(kDay, "x"));
  EXPECT_EQ(verified().forgotten, 0);
}

TEST_F(CasesStore, IsWrittenByManyThreads) {
  Store store(path());
  std::vector<std::jthread> people;
  for (const char* name : {"a", "b", "c", "d"}) {
    people.emplace_back([&, name] {
      for (int i = 0; i < 10; ++i) append(store, name, name + std::to_string(i));
    });
  }
  people.clear();
  EXPECT_EQ(store.head(), 40);
  EXPECT_EQ(verified().entries, 40);
}

TEST_F(CasesStore, RefusesAFileOfANewerProgram) {
  {
    const Store store(path());
  }
  SqlDatabase(path(), SqlDatabase::Mode::read_write).run("PRAGMA user_version = 9");
  EXPECT_THROW(Store{path()}, Error);
  EXPECT_THROW(open_cases(path(), SqlDatabase::Mode::read_only), Error);
  EXPECT_THROW(open_cases(path() + "-not-there", SqlDatabase::Mode::read_only), Error);
}

}  // namespace
}  // namespace aml::cases
