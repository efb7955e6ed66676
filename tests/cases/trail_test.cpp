#include "cases/trail.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/files.h"
#include "cases_fixture.h"

namespace aml::cases {
namespace {

using ::testing::HasSubstr;

class CasesTrail : public CasesFixture {
 protected:
  std::string trail() {
    std::string lines;
    const auto database = open_cases(path(), SqlDatabase::Mode::read_only);
    export_trail(*database, [&](std::string_view line) { lines += line; });
    return lines;
  }
  // Of a trail with this text.
  std::string refusal(const std::string& text) {
    const auto file = folder.path() / "trail";
    write_file_atomically(file, text);
    try {
      verify_trail(file);
    } catch (const Error& e) {
      return e.what();
    }
    return "";
  }
};

TEST_F(CasesTrail, IsExportedAndVerifiedAndNoChangeGoesUnseen) {
  Store store(path());
  append(store, "anna", "x");
  append(store, "ben", "y", Verdict::no_report);
  append(store, "anna", "z", Verdict::unsure);
  const std::string whole = trail();
  EXPECT_EQ(refusal(whole), "");
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string changed = whole;
    const auto at = changed.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return changed.replace(at, from.size(), to);
  };
  EXPECT_THAT(refusal(with("no_report", "report")), HasSubstr("entry 2"));
  EXPECT_THAT(refusal(with("\"sequence\":2", "\"sequence\":3")), HasSubstr("stands where 2"));
  EXPECT_THAT(refusal(with("\"entry_sha256\":\"", "\"entry_sha256\":\"0")), HasSubstr("entry 1"));
  EXPECT_THAT(refusal(with("{\"chain\":\"", "{\"chain\":\"0")), HasSubstr("entry 1"));
  std::string without = whole;
  const auto second = without.find("\n", without.find("\n") + 1) + 1;
  without.erase(second, without.find("\n", second) + 1 - second);
  EXPECT_THAT(refusal(without), HasSubstr("entry 3 stands where 2"));
  const std::string first = "\"before\":\"" + store.chain() + "\"";
  EXPECT_THAT(refusal(with(first, "\"before\":\"00\"")), HasSubstr("entry 1 names another hash"));
  EXPECT_THAT(refusal(with(first + ",", "")), HasSubstr("line 2"));
  EXPECT_THAT(refusal(with(first, first + ",\"note\":1")), HasSubstr("line 2"));
  EXPECT_THAT(refusal(with("{\"sequence\":1,", "{\"sequence\":7,\"sequence\":1,")),
              HasSubstr("line 2"));
  EXPECT_THAT(refusal(with("{\"chain\"", "{\"more\":1,\"chain\"")), HasSubstr("line 1"));
  EXPECT_THAT(refusal("no trail"), HasSubstr("line 1"));
  EXPECT_THAT(refusal(""), HasSubstr("is empty"));
  EXPECT_THAT(refusal(std::string(kMostLineBytes + 1, ' ')), HasSubstr("is longer"));
}

TEST_F(CasesTrail, TellsWhereTheFileItselfWasChanged) {
  Store store(path());
  append(store, "anna", "x");
  append(store, "ben", "y");
  SqlDatabase raw(path(), SqlDatabase::Mode::read_write);
  raw.run("UPDATE states SET verdict = 'no_report' WHERE alert_id = 'y'");
  EXPECT_THROW(verified(), Error);
  raw.run("UPDATE states SET verdict = 'report'");
  EXPECT_EQ(verified().entries, 2);
  raw.run("UPDATE tallies SET alerts = alerts + 1");
  EXPECT_THROW(verified(), Error);
  raw.run("UPDATE tallies SET alerts = alerts - 1");
  EXPECT_EQ(verified().entries, 2);
  raw.run("INSERT INTO tallies VALUES ('2025-01-01', 'decided', 'report', 0, 10, 1)");
  EXPECT_THROW(verified(), Error);
  raw.run("DELETE FROM tallies WHERE date = '2025-01-01'");
  EXPECT_EQ(verified().entries, 2);
  raw.run("DROP TRIGGER entries_are_final; UPDATE entries SET json = replace(json, 'ben', 'eve')");
  EXPECT_THROW(verified(), Error);
}

TEST_F(CasesTrail, IsFollowedOnFromAHashThatSomebodyNoted) {
  Store store(path());
  append(store, "anna", "x");
  const std::string noted = verified().head;
  append(store, "ben", "y");
  append(store, "ben", "z");
  const auto file = folder.path() / "trail";
  write_file_atomically(file, trail());
  EXPECT_EQ(verify_trail(file, noted).since_noted, 2);
  EXPECT_EQ(verify_trail(file, verified().head).since_noted, 0);
  EXPECT_EQ(verify_trail(file, store.chain()).since_noted, 3);
  EXPECT_FALSE(verify_trail(file, std::string(64, '0')).since_noted);
  EXPECT_FALSE(verify_trail(file).since_noted);
  const auto database = open_cases(path(), SqlDatabase::Mode::read_only);
  EXPECT_EQ(verify_cases(*database, path(), noted).since_noted, 2);
}

TEST_F(CasesTrail, LosesContentInNoOtherWayThanByItsAge) {
  Store store(path());
  append(store, "anna", "x", Verdict::seen);
  append(store, "ben", "old");
  const std::string middle = later();
  append(store, "anna", "x");
  append(store, "ben", "y");
  append(store, "anna", "z");
  const auto lines = [&] {
    std::vector<std::string> all;
    const std::string whole = trail();
    for (std::size_t at = 0; at < whole.size(); at = whole.find('\n', at) + 1) {
      all.push_back(whole.substr(at, whole.find('\n', at) + 1 - at));
    }
    return all;
  }();
  // The trail without the content of these entries.
  const auto without = [&](const std::vector<std::size_t>& sequences) {
    std::string text;
    for (std::size_t i = 0; i < lines.size(); ++i) {
      const bool is_gone = std::find(sequences.begin(), sequences.end(), i) != sequences.end();
      const std::size_t content = lines[i].find("\"entry\":\"");
      text += is_gone ? lines[i].substr(0, content) + "\"entry\":null}\n" : lines[i];
    }
    return refusal(text);
  };
  EXPECT_EQ(without({}), "");
  EXPECT_EQ(without({2}), "");
  EXPECT_EQ(without({1, 2}), "") << "x has an entry that is kept";
  EXPECT_THAT(without({3}), HasSubstr("entry 3 has lost its content"));
  EXPECT_THAT(without({4}), HasSubstr("entry 4 has lost its content"));
  EXPECT_THAT(without({2, 5}), HasSubstr("entry 5 has lost its content"));
  EXPECT_THAT(without({1, 2, 3, 4, 5}), HasSubstr("no entry has its content"));
  EXPECT_EQ(store.forget_before(middle), 1);
  EXPECT_EQ(refusal(trail()), "");
}

TEST_F(CasesTrail, TellsNobodyWhoWillBeDrawn) {
  Store store(path());
  append(store, "anna", "x");
  EXPECT_EQ(store.draws().of("2025-10-26").size(), 64U);
  EXPECT_EQ(trail().find(store.draws().of("2025-10-26")), std::string::npos);
  EXPECT_EQ(trail().find(store.draws().secret), std::string::npos);
  EXPECT_NE(trail().find(store.chain()), std::string::npos);
}

// Rows that nobody decided on, and rows that say something else than their entries, would be what a
// model learns from.
TEST_F(CasesTrail, TellsOfEveryRowThatDoesNotFollowFromEntries) {
  Store store(path());
  append(store, "anna", "m");
  append(store, "ben", "n", Verdict::no_report);
  SqlDatabase raw(path(), SqlDatabase::Mode::read_write);
  const auto refused = [&](const std::string& change) -> std::string {
    raw.run("CREATE TEMP TABLE kept_states AS SELECT * FROM states");
    raw.run(change);
    std::string why;
    try {
      verified();
    } catch (const Error& e) {
      why = e.what();
    }
    raw.run("DELETE FROM states");
    raw.run("INSERT INTO states SELECT * FROM kept_states");
    raw.run("DROP TABLE kept_states");
    return why;
  };
  for (const char* forged : {"a", "mm", "z"}) {
    EXPECT_THAT(
        refused(
            std::string("CREATE TEMP TABLE one AS SELECT * FROM states WHERE alert_id = 'm'; ") +
            "UPDATE one SET alert_id = '" + forged +
            "', weight = 1000; INSERT INTO states SELECT * FROM one; DROP TABLE one"),
        HasSubstr(std::string("the alert ") + forged + " of"));
  }
  for (const char* column : {"address = 'b'",
                             "cluster_id = 'c'",
                             "sequence = 7",
                             "stage = 'open'",
                             "stage = 'Decided'",
                             "verdict = 'no_report'",
                             "author = 'eve'",
                             "second = 'eve'",
                             "assignee = 'eve'",
                             "due = '2030-01-01'",
                             "decided_at = '2030-01-01'",
                             "decided_by = 2",
                             "changed_at = '2030-01-01'",
                             "shown = 0",
                             "shown = 2",
                             "rank = 2",
                             "score = 0.25",
                             "stratum = 'sample'",
                             "stratum = 'other'",
                             "weight = 1000",
                             "blind = 1",
                             "blind = 2"}) {
    EXPECT_THAT(refused(std::string("UPDATE states SET ") + column + " WHERE alert_id = 'm'"),
                HasSubstr("the alert m of"))
        << column;
  }
  EXPECT_THAT(refused("DELETE FROM states WHERE alert_id = 'n'"), HasSubstr("the alert n of"));
  EXPECT_THAT(refused("DELETE FROM states WHERE alert_id = 'm'"), HasSubstr("the alert m of"));
  EXPECT_EQ(refused("SELECT 1"), "");
}

TEST_F(CasesTrail, TellsOfEntriesThatWereMovedToAnotherAlert) {
  Store store(path());
  append(store, "anna", "m");
  append(store, "ben", "n", Verdict::no_report);
  SqlDatabase raw(path(), SqlDatabase::Mode::read_write);
  raw.run("DROP TRIGGER entries_are_final");
  for (const char* column : {"alert_id = 'x'", "date = '2025-10-27'", "at = '2019-01-01'"}) {
    raw.run(std::string("UPDATE entries SET ") + column + " WHERE sequence = 2");
    EXPECT_THROW(verified(), Error) << column;
    raw.run(
        "UPDATE entries SET alert_id = 'n', date = '2025-10-26', at = json_extract(json, '$.at')");
    raw.run("UPDATE entries SET alert_id = 'm' WHERE sequence = 1");
    EXPECT_EQ(verified().entries, 2);
  }
}

}  // namespace
}  // namespace aml::cases
