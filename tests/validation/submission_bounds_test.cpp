// A submission at its limits, and one beyond each.
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "validation/submission.h"

namespace aml::validation {
namespace {

const AlertIndex& three() {
  static const AlertIndex index({"a", "b", "c"});
  return index;
}

std::string row(const std::string& id, const std::string& score = "0.5",
                const std::string& latency = "1", const std::string& version = "1.2.0") {
  return R"({"alert_id":")" + id + R"(","score":)" + score + R"(,"model_version":")" + version +
         R"(","latency_ms":)" + latency + "}";
}
std::string body(const std::string& rows, const std::string& date = "2025-10-26") {
  return R"({"processing_date":")" + date + R"(","scores":[)" + rows + "]}";
}
Submission parse(const std::string& rows) {
  return parse_submission(body(rows), three(), limits_for(3));
}
std::string refusal(const std::string& text, const SubmissionLimits& limits = limits_for(3)) {
  try {
    parse_submission(text, three(), limits);
  } catch (const Error& e) {
    EXPECT_EQ(e.kind(), ErrorKind::bad_input);
    return e.what();
  }
  return "";
}

TEST(SubmissionBounds, AreAMebibyteAndTwoKibibytesAnAlertAndTwiceAsManyRows) {
  EXPECT_EQ(limits_for(0).bytes, 1048576);
  EXPECT_EQ(limits_for(0).rows, 1);
  EXPECT_EQ(limits_for(3).bytes, 1048576 + 3 * 2048);
  EXPECT_EQ(limits_for(3).rows, 7);
}

TEST(SubmissionBounds, HoldForBytesAndRows) {
  const std::string text = body(row("a") + "," + row("b"));
  const std::int64_t bytes = std::ssize(text);
  EXPECT_EQ(refusal(text, {.bytes = bytes, .rows = 2}), "");
  EXPECT_EQ(refusal(text, {.bytes = bytes - 1, .rows = 2}),
            "the submission is larger than " + std::to_string(bytes - 1) + " bytes");
  EXPECT_EQ(refusal(text, {.bytes = bytes, .rows = 1}), "the submission has more than 1 rows");
  EXPECT_EQ(refusal(body("1,2"), {.bytes = bytes, .rows = 1}),
            "the submission has more than 1 rows");
  EXPECT_THROW(SubmissionReader(three(), {.bytes = 5, .rows = 1}, -1), Error);
  EXPECT_NO_THROW(SubmissionReader(three(), {.bytes = 5, .rows = 1}, 0));
}

TEST(SubmissionBounds, HoldForTextsThatAreKept) {
  const std::string most(1024, 'x');
  EXPECT_EQ(parse(row(most)).unknown, 1);
  EXPECT_EQ(parse(row("a", "0.5", "1", most)).model_version, most);
  EXPECT_EQ(refusal(body("")), "");
  EXPECT_EQ(refusal(body("", most)), "");
  EXPECT_EQ(refusal(body(row("a") + "," + row(most + "x"))),
            "the submission's row 2 holds a text longer than 1024 bytes");
  EXPECT_EQ(refusal(body(row("a", "0.5", "1", most + "x"))),
            "the submission's row 1 holds a text longer than 1024 bytes");
  EXPECT_EQ(refusal(body("", most + "x")),
            "the submission's row 1 holds a text longer than 1024 bytes");
}

TEST(SubmissionBounds, QuoteSixtyFourPrintableCharacters) {
  const std::string unknown = "row 1: is of an alert that the snapshot does not have: ";
  const std::string most = "! ~" + std::string(61, 'x');
  EXPECT_EQ(parse(row(most)).first_problem, unknown + most);
  EXPECT_EQ(parse(row(most + "y")).first_problem, unknown + most + "...");
  EXPECT_EQ(parse(row(" \x7f\\u001f\\u0000~")).first_problem, unknown + " ???~");
  EXPECT_EQ(parse_submission(body("", "2\\n5 "), three(), limits_for(3)).processing_date, "2?5 ");
}

TEST(SubmissionBounds, TakeScoresFromZeroToOneAndLatenciesUpToADay) {
  const std::vector<std::pair<std::string, bool>> scores = {
      {"0", true}, {"-0.0", true}, {"1", true}, {"-5e-324", false}, {"1.0000000000000002", false}};
  for (const auto& [score, fits] : scores) {
    const Submission submission = parse(row("b", score));
    EXPECT_EQ(submission.out_of_range, fits ? 0 : 1) << score;
    EXPECT_EQ(std::isnan(submission.scores[1]), !fits) << score;
  }
  const std::vector<std::pair<std::string, bool>> latencies = {
      {"5e-324", true}, {"86400000", true}, {"0", false}, {"86400000.00000002", false}};
  for (const auto& [latency, fits] : latencies) {
    const Submission submission = parse(row("b", "0.5", latency));
    EXPECT_EQ(submission.bad_latencies, fits ? 0 : 1) << latency;
    EXPECT_EQ(submission.scores[1], 0.5) << latency;
  }
  EXPECT_EQ(parse(row("a", "2")).first_problem, "row 1: has the score 2, which is not in [0, 1]");
}

TEST(SubmissionBounds, NameTheFieldsThatARowLacks) {
  const std::string lacks = "row 1: lacks a field or has it twice or of the wrong type: ";
  const std::vector<std::pair<std::string, std::string>> rows = {
      {"{}", "alert_id, score, model_version, latency_ms"},
      {R"({"score":1,"model_version":"1","latency_ms":1})", "alert_id"},
      {R"({"alert_id":"a","model_version":"1","latency_ms":1})", "score"},
      {R"({"alert_id":"a","score":1,"latency_ms":1})", "model_version"},
      {R"({"alert_id":"a","score":1,"model_version":"1"})", "latency_ms"},
      {R"({"alert_id":"a","score":1,"model_version":1,"latency_ms":"1"})",
       "model_version, latency_ms"},
      {R"({"alert_id":"a","alert_id":"a","score":1,"model_version":"1","latency_ms":1})",
       "alert_id"},
      {R"({"alert_id":1,"score":1,"model_version":"1","latency_ms":1})", "alert_id"}};
  for (const auto& [text, names] : rows) {
    const Submission submission = parse(text);
    EXPECT_EQ(submission.malformed, 1) << text;
    EXPECT_EQ(submission.rows, 1) << text;
    EXPECT_EQ(submission.first_problem, lacks + names) << text;
    EXPECT_TRUE(std::isnan(submission.scores[0])) << text;
    const bool names_it =
        text.find(R"({"alert_id":"a","s)") == 0 || text.find(R"({"alert_id":"a","m)") == 0;
    EXPECT_EQ(submission.unscored, names_it ? 2 : 3) << text;
  }
  EXPECT_EQ(parse(R"({"alert_id":"a","score":1,"model_version":"1","latency_ms":1,"x":1,"x":2})")
                .malformed,
            0);
  EXPECT_EQ(parse("7").first_problem, "row 1: is no object");
}

TEST(SubmissionBounds, TakeTheVersionOfTheFirstRowAndTheMeanOfGoodLatencies) {
  const Submission submission = parse(row("a", "0.5", "3", "1.0.0") + "," +
                                      row("b", "0.5", "-1", "2.0.0") + "," + row("c", "0.5", "5"));
  EXPECT_EQ(submission.model_version, "1.0.0");
  EXPECT_EQ(submission.mean_latency_ms, 4);
  EXPECT_EQ(parse(row("a", "0.5", "0")).mean_latency_ms, 0);
  EXPECT_EQ(submission.unscored, 0);
}

TEST(SubmissionBounds, NameTheRowInWhichTheTextBreaksOff) {
  EXPECT_NE(refusal(body(row("a") + R"(,{"alert_id":nul})")).find(" in row 2"), std::string::npos);
  EXPECT_NE(refusal("{\"scores\":[").find(" in row 1"), std::string::npos);
}

// A second reader in a thread waits only where the first one leaves it no room.
TEST(SubmissionBounds, LeaveRoomForReadersThatFitTogether) {
  const SubmissionLimits limits{.bytes = kMostBytesAtOnce, .rows = 1};
  const SubmissionReader first(three(), limits, 1000);
  const SubmissionReader second(three(), limits, 2000);
  EXPECT_EQ(SubmissionReader(three(), limits, 7).room().size(), 7U);
}

}  // namespace
}  // namespace aml::validation
