#include "commands/score_file.h"

#include <gmock/gmock.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "../base/scratch_folder.h"
#include "base/error.h"
#include "base/files.h"

namespace aml::commands {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(ScoreFile, OfOneJsonObjectIsNoLongerThanItMayBe) {
  const test::ScratchFolder scratch;
  const auto path = scratch / "scores.json";
  write_file_atomically(path, R"({"scores": [{"alert_id": "a", "score": 0.5}], "padding": ")" +
                                  std::string(100'000, 'x') + R"("})");
  EXPECT_THAT(read_score_file(path, 10).ids, ElementsAre("a"));
  try {
    read_score_file(path, 10, 4'000);
    FAIL() << "it was read";
  } catch (const Error& e) {
    EXPECT_EQ(e.kind(), ErrorKind::bad_input);
    EXPECT_THAT(e.what(), HasSubstr(path.string()));
    EXPECT_THAT(e.what(), HasSubstr("4000"));
  }
}

// What is said of the file where it may have no more rows.
std::string refusal(const std::filesystem::path& path, std::int64_t max_rows) {
  try {
    read_score_file(path, max_rows);
  } catch (const Error& e) {
    EXPECT_EQ(e.kind(), ErrorKind::bad_input);
    return e.what();
  }
  return "";
}

TEST(ScoreFile, OfTextHasNoMoreRowsThanItMayHave) {
  const test::ScratchFolder scratch;
  const std::pair<const char*, const char*> files[] = {
      {"a.csv", "alert_id,score\na,0.5\nb,0.5\n,0.5\n"},
      {"a.json", R"({"scores":[{"alert_id":"a","score":0.5},{"alert_id":"b","score":0.5},)"
                 R"({"alert_id":null,"score":0.5}]})"},
      {"a.jsonl",
       "{\"alert_id\":\"a\",\"score\":0.5}\n{\"alert_id\":\"b\",\"score\":0.5}\n"
       "{\"alert_id\":null,\"score\":0.5}\n"}};
  for (const auto& [name, text] : files) {
    const auto path = scratch / name;
    write_file_atomically(path, text);
    EXPECT_THAT(read_score_file(path, 3).ids, ElementsAre("a", "b")) << name;
    EXPECT_THAT(refusal(path, 2), AllOf(HasSubstr(path.string()), HasSubstr("--max-rows"))) << name;
    EXPECT_THROW(read_typologies(path, {"a"}, 2), Error) << name;
  }
}

TEST(ScoreFile, OfTextHasTheIdsThatAreWrittenInIt) {
  const test::ScratchFolder scratch;
  const std::vector<std::string> ids = {"0010",
                                        "1.50",
                                        "10e4",
                                        "2025-10-26",
                                        "2025-10-26 1:02:03",
                                        "5B3FEA9C-0D0E-4F6B-8A53-6F1A2B3C4D5E",
                                        "True"};
  // By itself each format guesses the type of a column by all of its values.
  for (const std::string& id : ids) {
    write_file_atomically(scratch / "a.csv", "alert_id,score,typology_type\n" + id + ",0.25,1e1\n");
    const std::string row =
        R"({"alert_id": ")" + id + R"(", "more": {"x": 1}, "score": 0.25, "typology_type": "1e1"})";
    write_file_atomically(scratch / "a.jsonl", row + "\n");
    write_file_atomically(scratch / "a.ndjson", row + "\n");
    write_file_atomically(scratch / "a.json", R"({"total": 1, "scores": [)" + row + "]}");
    for (const char* name : {"a.csv", "a.jsonl", "a.ndjson", "a.json"}) {
      const ScoreFile file = read_score_file(scratch / name, 10);
      EXPECT_THAT(file.ids, ElementsAre(id)) << name;
      EXPECT_THAT(file.scores, ElementsAre(0.25)) << name;
      EXPECT_THAT(file.typologies, ElementsAre("1e1")) << name;
      EXPECT_THAT(read_typologies(scratch / name, {id}, 10), ElementsAre("1e1")) << name;
    }
  }
}

TEST(ScoreFile, OfJsonHasItsScoresToTheLastDigit) {
  const test::ScratchFolder scratch;
  write_file_atomically(scratch / "a.jsonl", "{\"alert_id\": 7, \"score\": 0.30000000000000004}\n");
  const ScoreFile file = read_score_file(scratch / "a.jsonl", 10);
  EXPECT_THAT(file.ids, ElementsAre("7"));
  EXPECT_THAT(file.scores, ElementsAre(0.30000000000000004));
}

}  // namespace
}  // namespace aml::commands
