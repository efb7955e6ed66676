#include "miner/day_state.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace aml::miner {
namespace {

using Json = nlohmann::json;

TEST(DayState, NamesABlockOnlyWhereSomethingStands) {
  EXPECT_EQ(Json::parse(state_json({.network = "bitcoin", .validators = 5}).dump()),
            Json::parse(R"({"state":"not committed","block":null,"open":false,
                            "revealed_to":0,"of":5})"));
}

TEST(DayState, SaysWhereNobodyKnowsTheValidators) {
  EXPECT_TRUE(Json::parse(state_json({.network = "bitcoin"}).dump()).at("of").is_null());
}

TEST(DayState, IsToldByDayWithItsNetwork) {
  const DayStates states{{"2025-10-26",
                          {.network = "bitcoin",
                           .is_committed = true,
                           .block = 7101940,
                           .is_open = true,
                           .revealed_to = 3,
                           .validators = 5}}};
  EXPECT_EQ(Json::parse(states_text(states, false)),
            Json::parse(R"({"format_version":1,"days":{"2025-10-26":{"network":"bitcoin",
                "clock":"blocks","state":"committed","block":7101940,"open":true,
                "revealed_to":3,"of":5}}})"));
  EXPECT_EQ(Json::parse(states_text({}, false)), Json::parse(R"({"format_version":1,"days":{}})"));
  EXPECT_EQ(Json::parse(states_text(states, true)).at("days").at("2025-10-26").at("clock"),
            "seconds");
}

}  // namespace
}  // namespace aml::miner
