#include "models/card_file.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace aml::models {
namespace {

std::string last_day_of(const std::string& card) {
  const auto day = last_learned_day(nlohmann::ordered_json::parse(card));
  return day ? day->text() : "nothing";
}

TEST(CardFile, SaysTheLastDayThatAModelLearnedFrom) {
  EXPECT_EQ(last_day_of(R"({"training_data":[{"processing_date":"2025-11-02"},
                            {"processing_date":"2025-11-03"},{"processing_date":"2025-11-01"}]})"),
            "2025-11-03");
}

TEST(CardFile, SaysNoDayWhereOneOfThemIsNotToldOf) {
  for (const char* days :
       {"[]", "5", "null", "{}", "[5]", "[[]]", "[{}]", R"([{"processing_date":5}])",
        R"([{"processing_date":"2025-11-03"},{"processing_date":"soon"}])"}) {
    EXPECT_EQ(last_day_of(std::string(R"({"training_data":)") + days + "}"), "nothing") << days;
  }
  for (const char* card : {"null", "{}", "[]"}) EXPECT_EQ(last_day_of(card), "nothing") << card;
}

}  // namespace
}  // namespace aml::models
