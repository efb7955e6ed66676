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

TEST(DayState, IsToldByDayWithItsNetwork) {
  const DayStates states{{"2025-10-26",
                          {.network = "bitcoin",
                           .is_committed = true,
                           .block = 7101940,
                           .is_open = true,
                           .revealed_to = 3,
                           .validators = 5}}};
  EXPECT_EQ(Json::parse(states_text(states)),
            Json::parse(R"({"format_version":1,"days":{"2025-10-26":{"network":"bitcoin",
                "state":"committed","block":7101940,"open":true,"revealed_to":3,"of":5}}})"));
  EXPECT_EQ(Json::parse(states_text({})), Json::parse(R"({"format_version":1,"days":{}})"));
}

}  // namespace
}  // namespace aml::miner
