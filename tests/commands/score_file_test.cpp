#include "commands/score_file.h"

#include <gmock/gmock.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>

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

}  // namespace
}  // namespace aml::commands
