#include "validator/api.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "../base/scratch_folder.h"
#include "base/files.h"
#include "validator/ensemble_file.h"

namespace aml::validator {
namespace {

constexpr const char* kDay = "2025-10-26";

class ValidatorApiTest : public testing::Test {
 protected:
  http::Response get(const std::string& target) {
    http::Request request{.method = "GET", .target = target};
    return api.answer(request);
  }
  static std::string etag(const http::Response& response) {
    const auto field = std::find_if(response.fields.begin(), response.fields.end(),
                                    [](const auto& f) { return f.first == "ETag"; });
    return field == response.fields.end() ? "" : field->second;
  }
  void judge(Stage stage, double score) {
    ledger.open_round({kDay, "bitcoin", 7, "abc", "", false, ""});
    VerdictRecord record;
    record.miner = ledger.enroll(kDay, {{0, 1, "alice", "127.0.0.1", 80}}).front();
    record.verdict.final_score = score;
    ledger.add_verdicts(kDay, stage, {record}, stage == Stage::truth ? "abc" : "");
  }
  double best_score() {
    const auto json = nlohmann::json::parse(*get("/miners/rankings").body);
    return json.at("miners").at(0).at("last_score");
  }

  test::ScratchFolder folder;
  Ledger ledger{folder.path(), SqlDatabase::Mode::read_write};  // the validator's
  ValidatorApi api{{.data_dir = folder.path(), .web = folder.path()}};
};

TEST_F(ValidatorApiTest, ShowsAtOnceWhatTheValidatorWrote) {
  EXPECT_EQ(get("/validation/latest").status, 503);
  judge(Stage::day, 0.5);
  EXPECT_EQ(get("/validation/latest").status, 200);
  EXPECT_EQ(best_score(), 0.5);
  judge(Stage::truth, 0.8);
  EXPECT_EQ(best_score(), 0.8);
}

TEST_F(ValidatorApiTest, ShowsAnEnsembleAsSoonAsItIsThere) {
  EXPECT_EQ(get("/ensemble/scores/latest").status, 503);
  const std::vector<std::string> ids{"a"};
  const std::vector<EnsembleMember> members{{"alice", 1}};
  const std::vector<validation::EnsembleScore> scores{{0.25, 0.25, 0, 1}};
  write_ensemble_file(ensemble_path(folder.path(), kDay), kDay, "bitcoin", members, ids, scores);
  const http::Response response = get("/ensemble/scores/latest?limit=1");
  ASSERT_EQ(response.status, 200);
  EXPECT_EQ(nlohmann::json::parse(*response.body).at("scores").at(0).at("score"), 0.25);
}

TEST_F(ValidatorApiTest, SaysWhatToDoWithADamagedEnsemble) {
  judge(Stage::day, 0.5);
  const auto path = ensemble_path(folder.path(), kDay);
  std::filesystem::create_directories(path.parent_path());
  for (const std::string text : {"", "{\"scores\":", "[]", "{\"scores\":7}"}) {
    write_file_atomically(path, text);
    const http::Response response = get("/ensemble/scores/latest");
    EXPECT_EQ(response.status, 503) << text;
    EXPECT_NE(response.body->find("validate --date 2025-10-26 builds it anew"), std::string::npos);
  }
  for (const std::string format : {"99", "\"2\"", "null", "1e300"}) {
    write_file_atomically(path, "{\"format_version\":" + format + ",\"scores\":[]}");
    EXPECT_EQ(get("/ensemble/rankings/latest").status, 503) << format;
  }
  EXPECT_EQ(get("/validation/latest").status, 200) << "the day's other answers are as ever";
}

TEST_F(ValidatorApiTest, MakesABodyOnceAndAnswersItWithoutPatience) {
  judge(Stage::day, 0.5);
  http::Request request{.method = "GET", .target = "/validation/latest"};
  EXPECT_FALSE(api.answer_now(request)) << "it is not made yet";
  const http::Response first = api.answer(request);
  const auto second = api.answer_now(request);
  ASSERT_TRUE(second);
  EXPECT_EQ(second->body, first.body) << "the very same bytes";
  EXPECT_EQ(etag(*second), etag(first));
}

}  // namespace
}  // namespace aml::validator
