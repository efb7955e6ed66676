#include "base/detail.h"

#include <gtest/gtest.h>

namespace aml {
namespace {

TEST(Detail, IsTheSentenceOfARefusal) {
  EXPECT_EQ(detail_of(R"({"detail":"no batch for 2025-10-26"})"), "no batch for 2025-10-26");
  EXPECT_EQ(detail_of(R"({"detail":"","more":1})"), "");
}

TEST(Detail, IsNothingInWhatIsNoRefusal) {
  for (const char* body : {"", "no JSON", "[]", "{}", R"({"detail":1})", R"({"detail":null})",
                           R"(["detail"])", "{\"detail\":\"\xff\"}"}) {
    EXPECT_EQ(detail_of(body), std::nullopt) << body;
  }
}

}  // namespace
}  // namespace aml
