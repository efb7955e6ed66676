// Answers nobody can steal, day after day: whatever a thief tries, the victim has what it would
// have had if the thief had done nothing, and the thief has nothing.
#include "robbery.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/deadline.h"
#include "base/hash.h"
#include "base/log.h"

namespace aml::validator::robbery {
namespace {

constexpr int kDays = 4;
constexpr std::chrono::hours kHour{1};

std::vector<Actor> with(const std::vector<Actor>& thieves) {
  std::vector<Actor> actors{honest("victim", 0), honest("other", 1)};
  actors.insert(actors.end(), thieves.begin(), thieves.end());
  return actors;
}

std::string day(int number) {
  return Date::require("2025-06-01", "a day").plus_days(number).text();
}

class Robbery : public testing::Test {
 protected:
  // Thousands of synced writes, which a memory takes at once.
  static void SetUpTestSuite() {
    if (std::filesystem::is_directory("/dev/shm")) ::setenv("TMPDIR", "/dev/shm", 0);
  }
  void SetUp() override { log::configure(log::Format::json, log::Level::error); }
  void TearDown() override { log::configure(log::Format::automatic, log::Level::info); }

  // The same hotkeys, doing nothing.
  Market& peaceful(const std::vector<Actor>& thieves,
                   const std::map<std::string, std::uint64_t>& registered) {
    std::vector<Actor> idlers;
    for (const Actor& thief : thieves) idlers.push_back(idle(thief.name));
    if (!peaceful_) {
      peaceful_ = std::make_unique<Market>(with(idlers));
      peaceful_->registered = registered;
      peaceful_->run(kDays);
    }
    return *peaceful_;
  }

  void expect_no_gain(Market& robbed, const std::vector<Actor>& thieves,
                      const std::string& judge = "punctual") {
    expect_the_same(robbed, peaceful(thieves, robbed.registered), judge);
    const auto points = robbed.points(judge);
    const auto weights = robbed.weights(judge);
    for (const Actor& thief : thieves) {
      EXPECT_FALSE(weights.contains(thief.name)) << thief.name;
      if (!points.contains(thief.name)) continue;
      for (const auto& [date, value] : points.at(thief.name)) EXPECT_EQ(value, 0) << date;
    }
  }

  static void expect_the_same(Market& robbed, Market& peaceful, const std::string& judge) {
    const auto expected = peaceful.weights("punctual");
    ASSERT_GT(expected.at("victim"), 0.2) << "the victim is paid for something";
    const auto points = robbed.points(judge);
    for (const char* name : {"victim", "other"}) {
      EXPECT_EQ(points.at(name), peaceful.points("punctual").at(name)) << name;
      EXPECT_EQ(robbed.weights(judge).at(name), expected.at(name)) << name;
    }
    for (int number = 0; number < kDays; ++number) {
      EXPECT_EQ(robbed.scores(judge, day(number)).at("victim"),
                peaceful.scores("punctual", day(number)).at("victim"))
          << day(number);
    }
  }

 private:
  std::unique_ptr<Market> peaceful_;
};

// Puts the victim's root on the chain as its own, and shows what the victim shows.
Actor copier(const std::string& name) {
  Actor thief{name};
  thief.before = [](Market& market, Actor& self, const std::string& date) {
    market.commit(self, date, market.actor("victim").made.at(date).root());
  };
  thief.answer = [](Market& market, Actor&, const std::string& date, const std::string&) {
    return std::optional(market.actor("victim").made.at(date).shown());
  };
  return thief;
}

TEST_F(Robbery, ACommitmentThatIsCopiedBySixtyFourThievesIsTheVictims) {
  const auto thieves = numbered(64, copier);
  Market market(with(thieves));
  market.run(kDays);
  expect_no_gain(market, thieves);
  const auto committed = market.committed("punctual", day(1));
  EXPECT_TRUE(committed.at("victim"));
  EXPECT_FALSE(committed.at("thief-00"));
  // They answered first, and are the copies.
  for (const auto& [name, score] : market.scores("punctual", day(1))) {
    EXPECT_EQ(score == 0, name.starts_with("thief")) << name;
  }
}

// The same, but each opens the copied root as if it were its own answer.
TEST_F(Robbery, TheVictimsBodyUnderAnOpeningOfOnesOwnIsNothing) {
  const auto thieves = numbered(3, [](const std::string& name) {
    Actor thief = copier(name);
    thief.answer = [](Market& market, Actor& self, const std::string& date, const std::string&) {
      return std::optional(
          market.made(self, date, market.actor("victim").made.at(date).scores).shown());
    };
    return thief;
  });
  Market market(with(thieves));
  market.run(kDays);
  expect_no_gain(market, thieves);
}

TEST_F(Robbery, TwoAnswersToTwoValidatorsCountForOneAtMost) {
  const auto thieves = numbered(1, [](const std::string& name) {
    Actor thief{name};
    thief.before = [](Market& market, Actor& self, const std::string& date) {
      const auto& day = market.days().values(date);
      self.made[date + " punctual"] = market.made(self, date, day.scores(std::nullopt, 71));
      self.made[date + " second"] = market.made(self, date, day.scores(std::nullopt, 72));
      market.commit(self, date, self.made.at(date + " punctual").root());
      market.commit(self, date, self.made.at(date + " second").root());
    };
    thief.answer = [](Market&, Actor& self, const std::string& date, const std::string& judge) {
      return std::optional(self.made.at(date + " " + judge).shown());
    };
    return thief;
  });
  Market market(with(thieves), {{"punctual"}, {"second"}});
  market.run(kDays);
  for (const char* judge : {"punctual", "second"}) expect_no_gain(market, thieves, judge);
  EXPECT_FALSE(market.committed("punctual", day(1)).at("thief-00"));
  EXPECT_TRUE(market.committed("second", day(1)).at("thief-00")) << "it stood last";
}

TEST_F(Robbery, TwoAnswersInOneTreeAreNone) {
  const auto thieves = numbered(1, [](const std::string& name) {
    Actor thief = honest(name, 0);
    thief.before = [](Market& market, Actor& self, const std::string& date) {
      const auto& day = market.days().values(date);
      Made both = market.made(self, date, day.scores(0, 5));
      const Made other = market.made(self, date, day.scores(1, 6));
      both.opening.leaves.push_back(other.opening.leaves.front());
      self.made[date] = both;
      market.commit(self, date, hash_text(HashKind::sha256, both.opening.to_text()));
    };
    return thief;
  });
  Market market(with(thieves));
  market.run(kDays);
  expect_no_gain(market, thieves);
}

// After the truth it would show the best of them.
TEST_F(Robbery, OfAThousandBodiesTheLastOneStands) {
  const auto thieves = numbered(1, [](const std::string& name) {
    Actor thief{name};
    thief.before = [](Market& market, Actor& self, const std::string& date) {
      for (std::uint64_t i = 0; i < 1000; ++i) {
        const Made one =
            market.made(self, date, market.days().values(date).scores(std::nullopt, i));
        market.commit(self, date, one.root());
        // Of those whose root the chain still keeps, too.
        if (i == 500 || i == 995) self.made[date + std::to_string(i)] = one;
      }
    };
    thief.answer = [](Market&, Actor& self, const std::string& date, const std::string& judge) {
      return std::optional(self.made.at(date + (judge == "second" ? "995" : "500")).shown());
    };
    return thief;
  });
  Market market(with(thieves), {{"punctual"}, {"second"}});
  market.run(kDays);
  for (const char* judge : {"punctual", "second"}) {
    expect_no_gain(market, thieves, judge);
    EXPECT_FALSE(market.committed(judge, day(1)).at("thief-00")) << judge;
  }
}

// A validator hands on what it is shown as soon as it has it, and before that what it cannot have.
TEST_F(Robbery, AValidatorThatHelpsAThiefComesOneBlockLate) {
  const auto thieves = numbered(2, [](const std::string& name) {
    Actor thief = honest(name, 0);
    thief.before = nullptr;
    thief.at_deadline = [](Market& market, Actor& self, const std::string& date) {
      self.made[date] = market.made(self, date, market.actor("victim").made.at(date).scores);
      market.commit(self, date, self.made[date].root());
    };
    return thief;
  });
  Market market(with(thieves));
  market.run(kDays);
  expect_no_gain(market, thieves);
  EXPECT_FALSE(market.committed("punctual", day(1)).at("thief-00"));
}

TEST_F(Robbery, ARootThatIsOneBlockLateLeavesTheOneBefore) {
  Actor late = honest("victim", 0);
  late.at_deadline = [](Market& market, Actor& self, const std::string& date) {
    const auto other = market.made(self, date, market.days().values(date).scores(1, 9));
    market.commit(self, date, other.root());
  };
  Market market({late, honest("other", 1)});
  market.run(kDays);
  expect_no_gain(market, {});
}

// The same, but it answers that validator alone.
Actor only_to(const std::string& validator, Actor actor) {
  actor.answer = [validator, answer = actor.answer](Market& market, Actor& self,
                                                    const std::string& date,
                                                    const std::string& judge) {
    return judge == validator ? answer(market, self, date, judge) : std::nullopt;
  };
  return actor;
}

TEST_F(Robbery, WhoNeverRevealsOrToOneValidatorAloneHasNothingElsewhere) {
  Actor silent = guesser("thief-silent");
  silent.answer = nullptr;
  const std::vector<Actor> thieves{silent, only_to("second", guesser("thief-choosy"))};
  Market market(with(thieves), {{"punctual"}, {"second"}});
  market.run(kDays);
  for (const char* judge : {"punctual", "second"}) expect_no_gain(market, thieves, judge);
}

TEST_F(Robbery, WhoKnowsSomethingAndRevealsToOneValidatorAloneIsPaidByThatOneAlone) {
  const std::vector<Actor> thieves{only_to("second", honest("thief-choosy", 1))};
  Market market(with(thieves), {{"punctual"}, {"second"}});
  market.run(kDays);
  expect_no_gain(market, thieves);
  EXPECT_GT(market.weights("second").at("thief-choosy"), 0.05);
}

TEST_F(Robbery, WhatAVictimShowsToOneValidatorAloneIsNobodysElsewhere) {
  const auto thieves = numbered(3, copier);
  std::vector<Actor> actors = with(thieves);
  actors.front() = only_to("punctual", honest("victim", 0));
  Market market(actors, {{"punctual"}, {"second"}});
  market.run(kDays);
  expect_no_gain(market, thieves);
  const auto elsewhere = market.weights("second");
  EXPECT_GT(elsewhere.at("other"), 0.2);
  EXPECT_FALSE(elsewhere.contains("victim"));
  for (const Actor& thief : thieves) EXPECT_FALSE(elsewhere.contains(thief.name)) << thief.name;
}

TEST_F(Robbery, AClockThatIsAnHourOffDecidesNothing) {
  const auto thieves = numbered(4, copier);
  Market market(with(thieves), {{"punctual"}, {"ahead", kHour}, {"behind", -kHour}});
  market.run(kDays);
  for (const char* judge : {"punctual", "ahead", "behind"}) {
    expect_no_gain(market, thieves, judge);
    EXPECT_EQ(market.everything(judge), market.everything("punctual")) << judge;
  }
}

// Truths came meanwhile that nobody knew who committed, and hotkeys registered that had not.
TEST_F(Robbery, AValidatorThatWasDownForDaysAgreesWithAPunctualOne) {
  const auto thieves = numbered(3, copier);
  Market market(with(thieves), {{"punctual"}, {"down", {}, {1, 2, 3, 4}}, {"new", {}, {0, 1}}});
  market.registered["thief-02"] = market.block() + 5 * 7200;
  market.run(kDays);
  expect_no_gain(market, thieves);
  EXPECT_EQ(market.everything("down"), market.everything("punctual"));
  EXPECT_EQ(market.ledger("down").rounds().size(), market.ledger("punctual").rounds().size());
}

TEST_F(Robbery, WhoRegistersAfterItsCommitmentHasNone) {
  Actor thief = honest("thief", 0);
  Market market(with({thief}));
  // The same evening, between its commitment and the deadline.
  market.registered["thief"] = market.block() + 7200 * 2 - 1800 + 100;
  Actor& seen = market.actor("thief");
  seen.before = [make = thief.before](Market& all, Actor& self, const std::string& date) {
    if (date == day(0)) make(all, self, date);
  };
  market.run(kDays);
  expect_no_gain(market, {thief});
}

TEST_F(Robbery, ASnapshotThatCameLateOrWasCorrectedInTheAfternoonIsUnscoredForAll) {
  const auto thieves = numbered(2, copier);
  Market market(with(thieves), {{"punctual"}, {"second"}});
  market.in_the_morning = [](Market& all, const std::string& date) {
    if (date != day(1)) return;
    all.wait(7 * kHour);  // at one o'clock
    all.days().publish(date, all.days().snapshots.at(date) + 7 * 3'600'000);
  };
  market.run(kDays);
  for (const char* judge : {"punctual", "second"}) {
    EXPECT_FALSE(market.ledger(judge).round(day(1))) << judge;
    EXPECT_TRUE(market.ledger(judge).round(day(2))) << judge;
    EXPECT_FALSE(market.weights(judge).contains("thief-00"));
    EXPECT_GT(market.weights(judge).at("victim"), 0.2);
  }
  EXPECT_EQ(market.everything("second"), market.everything("punctual"));
}

TEST_F(Robbery, ASnapshotThatWasCorrectedBeforeNoonIsJudgedAsCorrected) {
  const auto thieves = numbered(2, copier);
  Market market(with(thieves));
  market.in_the_morning = [](Market& all, const std::string& date) {
    all.wait(3 * kHour);
    all.days().publish(date, all.days().snapshots.at(date) + 3 * 3'600'000);
  };
  market.run(kDays);
  // The same alerts under another hash; seeds follow it, so that bits may differ.
  for (int number = 0; number < kDays; ++number) {
    EXPECT_TRUE(market.committed("punctual", day(number)).at("victim"));
    EXPECT_FALSE(market.committed("punctual", day(number)).at("thief-00"));
  }
  EXPECT_GT(market.weights("punctual").at("victim"), 0.2);
  EXPECT_FALSE(market.weights("punctual").contains("thief-00"));
}

TEST_F(Robbery, ASnapshotThatIsCorrectedAfterTheDeadlineIsJudgedAsItStood) {
  const auto thieves = numbered(2, copier);
  Market market(with(thieves), {{"punctual"}, {"down", {}, {2}}});
  market.late_at_night = [](Market& all, const std::string& date) {
    all.days().publish(date, deadline_ms(Date::require(date, "a day")) + 3'600'000);
  };
  market.run(kDays);
  expect_no_gain(market, thieves);
  EXPECT_FALSE(market.ledger("down").round(day(2))) << "what stood then cannot be had any more";
}

TEST_F(Robbery, ATruthThatWasKnownBeforeTheDeadlineScoresNobody) {
  // It commits to the truth.
  Actor prophet = honest("thief", 0);
  prophet.before = [](Market& market, Actor& self, const std::string& date) {
    std::vector<double> scores = market.days().values(date).scores(std::nullopt, 3);
    const auto& labels = market.days().values(date).labels;
    const bool is_known = market.days().truths.contains(date);
    for (std::size_t i = 0; i < labels.size() && is_known; ++i) {
      scores[i] = (scores[i] + 9 * labels[i]) / 10;
    }
    self.made[date] = market.made(self, date, scores);
    market.commit(self, date, self.made[date].root());
  };
  Market market(with({prophet}), {{"punctual"}, {"down", {}, {1, 2, 3}}});
  market.in_the_morning = [](Market& all, const std::string& date) {
    if (date == day(1) || date == day(2)) all.days().truths[date] = all.days().snapshots.at(date);
  };
  market.run(kDays);
  for (const char* judge : {"punctual", "down"}) {
    for (const int number : {1, 2}) {
      EXPECT_TRUE(market.ledger(judge).is_judged(day(number), Stage::day));
      EXPECT_FALSE(market.ledger(judge).is_judged(day(number), Stage::truth)) << day(number);
    }
    EXPECT_FALSE(market.weights(judge).contains("thief"));
    EXPECT_GT(market.weights(judge).at("victim"), 0.2);
  }
  EXPECT_EQ(market.everything("down"), market.everything("punctual"));
}

// A relative of theft by slowness: a validator that has no time for references goes on without.
TEST_F(Robbery, ReferencesThatTakeTooLongAreLeftOut) {
  Market market(with({}), {{"punctual"}, {"slow", {}, {}, std::chrono::minutes(0)}});
  market.run(kDays);
  const std::string last = day(kDays - 1);
  EXPECT_EQ(market.ledger("punctual").references(last)->size(), kDays - 2u);
  EXPECT_TRUE(market.ledger("slow").references(last)->empty());
  EXPECT_TRUE(market.ledger("slow").is_judged(last, Stage::truth));
  EXPECT_GT(market.weights("slow").at("victim"), 0.2);
}

// The next day is published before the deadline of the day before.
TEST_F(Robbery, AValidatorWithAnEmptyLedgerBeginsWithTheNewestDayThatCanBeJudged) {
  Market market(with({}), {{"punctual"}, {"new", {}, {0, 1, 2}}});
  market.in_the_morning = [](Market& all, const std::string& date) {
    const Date next = Date::require(date, "a day").plus_days(1);
    if (!all.days().snapshots.contains(next.text())) {
      all.days().publish(next.text(), all.days().snapshots.at(date));
    }
  };
  market.run(kDays);
  EXPECT_TRUE(market.ledger("punctual").round(day(0)));
  EXPECT_TRUE(market.ledger("new").round(day(3)));
  EXPECT_FALSE(market.ledger("new").round(day(1))) << "it begins with the newest";
}

}  // namespace
}  // namespace aml::validator::robbery
