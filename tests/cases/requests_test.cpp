#include "cases/requests.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>

#include "base/error.h"
#include "cases/store.h"

namespace aml::cases {
namespace {

TEST(CasesRequests, SayWhatIsDecidedOn) {
  const auto asked = parse_decision(
      R"({"address":"a","verdict":"no_report","reason":"r","note":"n","due":"2025-11-01"})");
  EXPECT_EQ(asked.choice.address, "a");
  EXPECT_EQ(asked.verdict, Verdict::no_report);
  EXPECT_EQ(asked.due, "2025-11-01");
  EXPECT_EQ(parse_decision(R"({"alerts":["x"],"action":"reopen","reason":"r"})").action,
            Action::reopen);
  EXPECT_EQ(parse_next(R"({"queue":"sample"})").queue, Stratum::sample);
  EXPECT_EQ(parse_undo(R"({"sequence":7})").sequence, 7);
  EXPECT_EQ(parse_lock(R"({"alert_id":"x"})").alert_id, "x");
}

TEST(CasesRequests, AreBounded) {
  const std::string longest(kLongestId, 'x');
  const auto of_address = [](const std::string& address) {
    return parse_decision(R"({"verdict":"report","address":")" + address + "\"}");
  };
  EXPECT_EQ(of_address(longest).choice.address, longest);
  EXPECT_THROW(of_address(longest + "x"), Error);
  EXPECT_THROW(parse_lock(R"({"alert_id":")" + longest + "x\"}"), Error);
  EXPECT_THROW(parse_decision(R"({"verdict":"report","alerts":[")" + longest + "x\"]}"), Error);
  EXPECT_THROW(parse_undo(R"({"sequence":"7"})"), Error);
  EXPECT_THROW(parse_undo(R"({"sequence":1e400})"), Error);
  EXPECT_THROW(parse_undo("{}"), Error);
  EXPECT_THROW(parse_decision("{\"verdict\":\"report\",\"address\":\"\xff\"}"), Error);
}

TEST(CasesRequests, NameEachMemberOnce) {
  EXPECT_THROW(parse_decision(R"({"alerts":["x"],"verdict":"seen","verdict":"report"})"), Error);
  EXPECT_THROW(parse_undo(R"({"sequence":7,"sequence":8})"), Error);
  EXPECT_THROW(parse_next(R"({"queue":"ranked","\u0071ueue":"sample"})"), Error);
}

TEST(CasesRequests, HaveNoControlCharacters) {
  for (const char* body :
       {R"({"alerts":["a\u0000b"],"verdict":"seen"})", R"({"address":"a\n","verdict":"seen"})",
        R"({"cluster_id":"\u007f","verdict":"seen"})",
        R"({"alerts":["a"],"verdict":"seen","reason":"r\u0000"})",
        R"({"alerts":["a"],"verdict":"seen","note":"n\u0000"})"}) {
    EXPECT_THROW(parse_decision(body), Error) << body;
  }
  EXPECT_THROW(parse_lock(R"({"alert_id":"a\u0000"})"), Error);
  EXPECT_EQ(parse_decision(R"({"alerts":["a"],"verdict":"seen","note":"one\n\ttwo"})").note,
            "one\n\ttwo");
}

TEST(CasesRequests, NameEntriesThatThereMayBe) {
  EXPECT_EQ(parse_undo(R"({"sequence":9223372036854775807})").sequence, INT64_MAX);
  EXPECT_THROW(parse_undo(R"({"sequence":9223372036854775808})"), Error);
  EXPECT_THROW(parse_undo(R"({"sequence":18446744073709551616})"), Error);
  EXPECT_THROW(parse_undo(R"({"sequence":-1})"), Error);
}

}  // namespace
}  // namespace aml::cases
