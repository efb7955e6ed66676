#include "validation/submission.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <future>
#include <optional>
#include <string>

#include "base/error.h"
#include "example.h"

namespace aml::validation {
namespace {

const AlertIndex& three() {
  static const AlertIndex index({"a", "b", "c"});
  return index;
}

std::string row(const std::string& id, const std::string& score,
                const std::string& latency = "0.5") {
  return R"({"alert_id":")" + id + R"(","score":)" + score +
         R"(,"model_version":"1.2.0","latency_ms":)" + latency + "}";
}

Submission parse(const std::string& rows) {
  return parse_submission(R"({"processing_date":"2025-10-26","scores":[)" + rows + "]}", three(),
                          limits_for(3));
}

std::string refusal(const std::string& body, SubmissionLimits limits = limits_for(3)) {
  try {
    parse_submission(body, three(), limits);
  } catch (const Error& e) {
    EXPECT_EQ(e.kind(), ErrorKind::bad_input);
    return e.what();
  }
  return "";
}

TEST(Submission, LinesItsRowsUpWithTheSnapshot) {
  const Submission submission =
      parse(row("c", "0.75") + "," + row("a", "1") + "," + row("b", "0.25", "2.5"));
  EXPECT_EQ(submission.scores, (std::vector<double>{1, 0.25, 0.75}));
  EXPECT_EQ(submission.processing_date, "2025-10-26");
  EXPECT_EQ(submission.model_version, "1.2.0");
  EXPECT_DOUBLE_EQ(submission.mean_latency_ms, 3.5 / 3);
  EXPECT_EQ(submission.first_problem, "");
}

TEST(Submission, PassesOverEverythingElse) {
  const std::string body = R"({"x":[{"scores":[1]}],"processing_date":"2025-10-26","scores":[)" +
                           row("a", "0.1") + "," + row("b", "0.25") + "," + row("c", "1e-3") +
                           R"(],"metadata":{"y":"scores","z":[true,null,-0.5e1,"\\n",{}]}})";
  const Submission submission = parse_submission(body, three(), limits_for(3));
  EXPECT_EQ(submission.scores, (std::vector<double>{0.1, 0.25, 0.001}));
  EXPECT_EQ(submission.processing_date, "2025-10-26");
  EXPECT_EQ(submission.bytes, std::ssize(body));
}

TEST(Submission, CountsWhatIsWrongWithItsRows) {
  const Submission submission = parse(
      row("a", "0.1") + "," + row("a", "0.2") + "," + row("zzz", "0.3") + "," + row("b", "1.5") +
      R"(,{"alert_id":"c","score":"0.5","model_version":"1","latency_ms":1})");
  EXPECT_EQ(submission.duplicates, 1);
  EXPECT_EQ(submission.unknown, 1);
  EXPECT_EQ(submission.out_of_range, 1);
  EXPECT_EQ(submission.malformed, 1);
  EXPECT_EQ(submission.scores[0], 0.1);
  EXPECT_TRUE(std::isnan(submission.scores[1]));
  EXPECT_EQ(submission.first_problem, "row 2: is the second one of alert a");
}

TEST(Submission, CountsAlertsWithoutARow) {
  EXPECT_EQ(parse(row("b", "0.5")).unscored, 2);
  EXPECT_EQ(parse("").unscored, 3);
}

TEST(Submission, TakesNeitherZeroNorNegativeLatenciesForMeasured) {
  const Submission submission =
      parse(row("a", "0.5", "0") + "," + row("b", "0.5", "-3") + "," + row("c", "0.5", "0.01"));
  EXPECT_EQ(submission.bad_latencies, 2);
}

TEST(Submission, TakesNoLatencyLongerThanADay) {
  const Submission submission = parse(row("a", "0.5", "1e308") + "," + row("b", "0.5", "1e308") +
                                      "," + row("c", "0.5", "86400000"));
  EXPECT_EQ(submission.bad_latencies, 2);
  EXPECT_EQ(submission.mean_latency_ms, kLongestLatencyMs);
  EXPECT_EQ(submission.first_problem, "row 1: says that it took 1e+308 ms");
}

TEST(Submission, QuotesStrangersBrieflyAndPrintably) {
  const std::string id = std::string(100, 'x') + R"(\u0007)";
  const Submission submission = parse(row(R"(\u0000\u001b[2Jid)", "0.5") + "," + row(id, "0.5"));
  EXPECT_EQ(submission.first_problem,
            "row 1: is of an alert that the snapshot does not have: ??[2Jid");
  EXPECT_LT(parse(row(id, "0.5")).first_problem.size(), 140u);
}

TEST(Submission, DoesNotTakeAFieldTwice) {
  EXPECT_EQ(parse(R"({"alert_id":"a","score":0.1,"score":0.9,"model_version":"1","latency_ms":1})")
                .malformed,
            1);
  EXPECT_EQ(parse(R"({"alert_id":"a","score":{"score":0.1},"model_version":"1","latency_ms":1})")
                .malformed,
            1);
  const Submission stray = parse("0.5,null,[1]," + row("a", "0.5"));
  EXPECT_EQ(stray.rows, 4);
  EXPECT_EQ(stray.malformed, 3);
}

TEST(Submission, RefusesWhatIsNoJson) {
  EXPECT_NE(refusal("<html>"), "");
  EXPECT_NE(refusal(R"({"scores":[{"score":NaN}]})"), "");
  EXPECT_NE(refusal(R"({"scores":[]} trailing)"), "");
  EXPECT_NE(refusal(R"({"scores":[)"), "");
  EXPECT_NE(refusal(""), "");
  EXPECT_EQ(refusal(R"({"rows":[]})"), "the submission holds no list \"scores\"");
  EXPECT_EQ(refusal(R"({"scores":[],"scores":[]})"), "the submission holds two lists \"scores\"");
  EXPECT_NE(refusal(std::string(100, '[')), "");
}

TEST(Submission, StopsAtItsLimits) {
  EXPECT_NE(refusal(R"({"scores":[]})", {.bytes = 5, .rows = 10}).find("larger than 5 bytes"),
            std::string::npos);
  std::string rows = row("a", "0.5");
  for (int i = 0; i < 10; ++i) rows += "," + row("a", "0.5");
  EXPECT_EQ(refusal(R"({"scores":[)" + rows + "]}"), "the submission has more than 7 rows");
  const std::string id(5000, 'x');
  EXPECT_NE(refusal(R"({"scores":[)" + row(id, "0.5") + "]}").find("longer than 1024"),
            std::string::npos);
}

TEST(Submission, TakesNumbersAsTheyAreWritten) {
  const Submission submission = parse(row("a", "0.30000000000000004") + "," + row("b", "-0") + "," +
                                      row("c", "123456789012345678901234567890"));
  EXPECT_EQ(submission.scores[0], 0.1 + 0.2);
  EXPECT_EQ(submission.scores[1], 0);
  EXPECT_EQ(submission.out_of_range, 1);
  EXPECT_NE(refusal(R"({"scores":[{"score":1e999}]})"), "");
}

TEST(Submission, KnowsFieldsAndAlertsByAnySpelling) {
  const Submission submission = parse(
      R"({"alert\u005fid":"\u0062","sc\u006fre":0.5,"model_version":"\"1\"","latency_ms":1})");
  EXPECT_EQ(submission.scores[1], 0.5);
  EXPECT_EQ(submission.model_version, "\"1\"");
}

TEST(Submission, RefusesWhatIsNoJsonInWhatItPassesOver) {
  for (const std::string value :
       {"nul", "truex", "01", "1.", "\"\\q\"", "\"\\ud800\"", "\"\xff\"", "\"\n\"", "[1 2]", "[1,]",
        "{\"a\"}", "{\"a\":1,}", "[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]"}) {
    EXPECT_NE(refusal(R"({"scores":[],"x":)" + value + "}"), "") << value;
    EXPECT_NE(refusal(R"({"scores":[{"x":)" + value + "}]}"), "") << value;
  }
  EXPECT_EQ(refusal(R"({"scores":[],"x":[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]})"), "");
  using namespace std::string_literals;
  EXPECT_NE(refusal(R"({"scores":[]})"s + '\0'), "");
  EXPECT_NE(refusal("\xef\xbb\xbf"
                    R"({"scores":[]})"),
            "");
}

TEST(Submission, WaitsWhereOthersAreReadingAsMuchAsMemoryBears) {
  const SubmissionLimits limits{.bytes = kMostBytesAtOnce, .rows = 1};
  std::optional<SubmissionReader> first(std::in_place, three(), limits, kMostBytesAtOnce);
  auto second =
      std::async(std::launch::async, [&] { const SubmissionReader reader(three(), limits, 1000); });
  EXPECT_EQ(second.wait_for(std::chrono::milliseconds(50)), std::future_status::timeout);
  first.reset();
  second.get();
}

}  // namespace
}  // namespace aml::validation
