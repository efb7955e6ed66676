#include "models/card_file.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "../base/scratch_folder.h"
#include "base/error.h"
#include "base/files.h"

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

TEST(CardFile, OfALaterFormatIsRefusedWithItsProgram) {
  const test::ScratchFolder scratch;
  const auto model = scratch / "alert_scorer_v1.0.0.txt";
  const auto card = [&](const std::string& format) {
    write_file_atomically(scratch / "alert_scorer_v1.0.0.json",
                          R"({"model_sha256":"abc","program_version":"9.1.0")" + format + "}");
    return read_card(model, "abc");
  };
  EXPECT_TRUE(card("").is_object());
  EXPECT_TRUE(card(R"(,"format_version":1)").is_object());
  for (const char* format : {R"(,"format_version":2)", R"(,"format_version":"2")"}) {
    try {
      card(format);
      ADD_FAILURE() << format;
    } catch (const Error& e) {
      EXPECT_EQ(e.kind(), ErrorKind::bad_input);
      EXPECT_NE(std::string(e.what()).find("9.1.0"), std::string::npos) << e.what();
    }
  }
  EXPECT_TRUE(read_card(model, "abd").is_null());  // another model's says nothing
}

}  // namespace
}  // namespace aml::models
