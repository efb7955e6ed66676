#include "validator/api.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "../base/scratch_folder.h"
#include "base/files.h"
#include "validator/archive.h"
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
  http::Budget budget{64 << 20};
  ValidatorApi api{{.data_dir = folder.path(), .web = folder.path(), .budget = &budget}};
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
  FolderArchive(folder.path())
      .keep_ensemble(kDay, ensemble_text(kDay, "bitcoin", members, ids, scores));
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

// An ensemble is read once, however its rows are asked for.
TEST_F(ValidatorApiTest, GivesRowsOfOneEnsemble) {
  constexpr std::size_t kRows = 1000;
  std::vector<std::string> ids;
  std::vector<validation::EnsembleScore> scores;
  for (std::size_t i = 0; i < kRows; ++i) {
    ids.push_back("alert-" + std::to_string(10'000 + i));
    const double score = static_cast<double>(i * 7 % kRows) / kRows;
    scores.push_back({score, score, 0, 1});
  }
  const std::vector<EnsembleMember> members{{"alice", 1}};
  FolderArchive(folder.path())
      .keep_ensemble(kDay, ensemble_text(kDay, "bitcoin", members, ids, scores));
  const auto body = [&](const std::string& target) {
    const http::Response response = get(target);
    EXPECT_EQ(response.status, 200) << target;
    return nlohmann::json::parse(response.parts ? http::read_all(*response.parts) : *response.body);
  };
  const auto all = body("/ensemble/scores/latest");
  EXPECT_EQ(all.at("scores").size(), kRows);
  EXPECT_EQ(all.at("total_alerts"), kRows);
  EXPECT_EQ(all.at("members").at(0).at("hotkey"), "alice");
  EXPECT_EQ(body("/ensemble/rankings/latest?limit=1").at("rankings").at(0),
            nlohmann::json::parse(R"({"alert_id":"alert-10857","rank":1,"score":0.999})"));
  const std::size_t bytes = budget.bytes();
  for (std::size_t i = 0; i < kRows; ++i) {
    const auto some = body("/ensemble/scores/latest?limit=500&offset=" + std::to_string(i));
    EXPECT_EQ(some.at("scores").size(), std::min<std::size_t>(500, kRows - i));
    EXPECT_EQ(some.at("scores").at(0), all.at("scores").at(i));
    // Other spellings of the same question have the same answer and the same tag.
    for (const char* spelling : {"/ensemble/scores/latest?limit=0500&offset=",
                                 "/ensemble/scores/latest?&&&limit=500&&offset=",
                                 "http://other-host/ensemble/scores/latest?limit=500&offset="}) {
      EXPECT_EQ(etag(get(spelling + std::to_string(i))),
                etag(get("/ensemble/scores/latest?offset=" + std::to_string(i) + "&limit=500")));
    }
  }
  EXPECT_EQ(budget.bytes(), bytes) << "nothing was kept for them";
}

TEST_F(ValidatorApiTest, AnswersForOtherDaysWhereAnEnsembleIsDamaged) {
  const std::vector<std::string> ids{"a"};
  const std::vector<EnsembleMember> members{{"alice", 1}};
  const std::vector<validation::EnsembleScore> scores{{0.25, 0.25, 0, 1}};
  FolderArchive(folder.path())
      .keep_ensemble(kDay, ensemble_text(kDay, "bitcoin", members, ids, scores));
  for (const char* damaged :
       {"", "{", "[1]", "{\"scores\":[1]}", "{\"scores\":[{\"score\":null}]}"}) {
    std::ofstream(ensemble_path(folder.path(), "2025-10-25")) << damaged;
    EXPECT_EQ(get("/ensemble/rankings/2025-10-25").status, 503) << damaged;
    EXPECT_EQ(get("/ensemble/rankings/latest").status, 200);
  }
  std::ofstream(ensemble_path(folder.path(), "zzz")) << "no day's";
  EXPECT_EQ(get("/ensemble/scores/latest").status, 200);
}

TEST_F(ValidatorApiTest, KeepsOneBodyForAnAddressHoweverItIsWritten) {
  judge(Stage::day, 0.5);
  get("/validation/latest");
  const std::size_t bytes = budget.bytes();
  for (const char* spelling : {"/validation/latest?", "/validation/latest?&&&",
                               "/validation/l%61test", "http://other-host/validation/latest"}) {
    EXPECT_EQ(get(spelling).status, 200) << spelling;
  }
  EXPECT_EQ(budget.bytes(), bytes);
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
