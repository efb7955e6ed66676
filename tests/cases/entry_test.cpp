#include "cases/entry.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/error.h"

namespace aml::cases {
namespace {

class CasesEntry : public testing::Test {
 protected:
  Entry& add(const char* author, Action action, Verdict verdict = Verdict::none) {
    Entry entry;
    entry.sequence = static_cast<std::int64_t>(entries.size()) + 1;
    entry.author = author;
    entry.action = action;
    entry.verdict = verdict;
    entries.push_back(entry);
    return entries.back();
  }
  State state() const { return state_after(entries); }
  std::vector<Entry> entries;
};

TEST_F(CasesEntry, ReadsBackAsItWasWritten) {
  Entry& entry = add("anna", Action::decide, Verdict::unsure);
  entry.subject = {.date = "2025-10-26",
                   .alert_id = "\"x\"\n",
                   .rank = 7,
                   .score = 0.1 + 0.2,
                   .stratum = Stratum::sample,
                   .weight = 1 / 0.03,
                   .is_blind = true};
  entry.note = "äöü \\ \"";
  EXPECT_EQ(to_json(entry_of(to_json(entry))), to_json(entry));
  EXPECT_THROW(entry_of("{}"), Error);
  EXPECT_THROW(entry_of("no json"), Error);
  std::string odd = to_json(entry);
  odd.replace(odd.find("unsure"), 6, "filed!");
  EXPECT_THROW(entry_of(odd), Error);
}

TEST_F(CasesEntry, IsReadWhateverItsMembersOrderAndRefusedWhereOneIsMissingOrOfAnotherType) {
  using Json = nlohmann::ordered_json;
  Entry& entry = add("anna", Action::assign);
  entry.subject = {.date = "2025-10-26", .alert_id = "x", .score = 0.25, .weight = 3};
  entry.undoes = 7;
  const Json json = Json::parse(to_json(entry));
  Json turned{{"unknown", {{"author", "eve"}, {"list", {1, nullptr, "x"}}}}};
  for (auto member = json.rbegin(); member != json.rend(); ++member) {
    turned[member.key()] = member.value();
  }
  EXPECT_EQ(to_json(entry_of(turned.dump())), to_json(entry));
  turned["weight"] = 3;  // as others write a whole number
  EXPECT_EQ(to_json(entry_of(turned.dump())), to_json(entry));
  const auto refusal = [](const Json& odd) -> std::string {
    try {
      entry_of(odd.dump());
    } catch (const Error& e) {
      return e.kind() == ErrorKind::bad_input ? e.what() : "another kind";
    }
    return "";
  };
  for (const auto& [name, value] : json.items()) {
    Json odd = json;
    odd.erase(name);
    EXPECT_NE(refusal(odd).find(name + " is missing"), std::string::npos) << refusal(odd);
    for (const Json& other :
         {Json(nullptr), Json::array(), Json::object(), Json(Json::array({1}))}) {
      odd = json;
      odd[name] = other;
      EXPECT_NE(refusal(odd).find(name), std::string::npos) << refusal(odd);
    }
    odd = json;
    odd[name] = value.is_string() ? Json(1) : Json("1");
    EXPECT_NE(refusal(odd).find(name), std::string::npos) << refusal(odd);
  }
  EXPECT_NE(refusal(Json::array({json})), "");
  EXPECT_NE(refusal(Json("text")), "");
}

TEST_F(CasesEntry, FollowsWhatWasDecidedLast) {
  add("anna", Action::decide, Verdict::seen);
  EXPECT_EQ(state().stage, Stage::open);
  add("anna", Action::decide, Verdict::report);
  EXPECT_EQ(state().stage, Stage::decided);
  EXPECT_EQ(state().decided_by, 2);
  add("ben", Action::reopen);
  EXPECT_EQ(state().stage, Stage::open);
  EXPECT_EQ(state().verdict, Verdict::none);
  add("ben", Action::decide, Verdict::no_report);
  EXPECT_EQ(state().author, "ben");
  add("ben", Action::undo).undoes = 4;
  EXPECT_EQ(state().stage, Stage::open);
  add("ben", Action::assign).assignee = "carla";
  EXPECT_EQ(state().assignee, "carla");
  EXPECT_EQ(state().sequence, 6);
}

TEST_F(CasesEntry, WaitsForASecondPairOfEyesAndForAThirdInADispute) {
  add("anna", Action::decide, Verdict::report).needs_second = true;
  EXPECT_EQ(state().stage, Stage::proposed);
  EXPECT_TRUE(objection(state(), "anna", Action::decide));
  EXPECT_FALSE(objection(state(), "ben", Action::decide));
  add("ben", Action::decide, Verdict::no_report);
  EXPECT_EQ(state().stage, Stage::disputed);
  EXPECT_TRUE(objection(state(), "anna", Action::decide));
  EXPECT_TRUE(objection(state(), "ben", Action::decide));
  add("carla", Action::decide, Verdict::report).needs_second = true;
  EXPECT_EQ(state().stage, Stage::decided);
  EXPECT_TRUE(objection(state(), "dora", Action::decide));
  add("carla", Action::reopen);
  add("anna", Action::decide, Verdict::report).needs_second = true;
  EXPECT_EQ(state().stage, Stage::proposed) << "a reopened case needs both again";
  EXPECT_EQ(state().second, "");
}

TEST_F(CasesEntry, KnowsWhatWasDecidedAtSomeTime) {
  add("anna", Action::decide, Verdict::seen);
  EXPECT_FALSE(state().was_decided);
  add("anna", Action::decide, Verdict::report).needs_second = true;
  EXPECT_FALSE(state().was_decided) << "the second pair of eyes has seen nothing either";
  add("ben", Action::reopen);
  EXPECT_FALSE(state().was_decided);
  add("ben", Action::decide, Verdict::unsure);
  EXPECT_TRUE(state().was_decided);
  add("ben", Action::undo).undoes = 4;
  EXPECT_EQ(state().stage, Stage::open);
  EXPECT_TRUE(state().was_decided) << "what was shown was shown";
  add("ben", Action::reopen);
  EXPECT_TRUE(state().was_decided);
}

TEST_F(CasesEntry, NoPartyReopensWhatWaitsForOthers) {
  add("anna", Action::decide, Verdict::report).needs_second = true;
  EXPECT_TRUE(objection(state(), "anna", Action::reopen));
  EXPECT_FALSE(objection(state(), "ben", Action::reopen));
  add("ben", Action::decide, Verdict::no_report);
  EXPECT_TRUE(objection(state(), "anna", Action::reopen));
  EXPECT_TRUE(objection(state(), "ben", Action::reopen));
  EXPECT_FALSE(objection(state(), "carla", Action::reopen));
  EXPECT_FALSE(objection(state(), "anna", Action::assign));
}

TEST_F(CasesEntry, AnUndoneSecondOpinionLeavesTheFirst) {
  add("anna", Action::decide, Verdict::report).needs_second = true;
  add("ben", Action::decide, Verdict::report);
  add("ben", Action::undo).undoes = 2;
  EXPECT_EQ(state().stage, Stage::proposed);
  EXPECT_EQ(state().author, "anna");
}

}  // namespace
}  // namespace aml::cases
