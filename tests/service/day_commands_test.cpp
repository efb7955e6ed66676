#include "service/day_commands.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace aml::service {
namespace {

using ::testing::ElementsAre;

TEST(DayCommands, ModelsThatAreRetrainedAreNotWhatAnyoneHas) {
  Configuration c;
  c.models_dir = "m";
  c.process = {"--threads", "1"};
  c.check = {"--reference-models", "r"};
  EXPECT_THAT(process_words(c, "i", "o"),
              ElementsAre("--input-dir", "i", "--output-dir", "o", "--models-dir", "m",
                          "--retention-days", "0", "--threads", "1"));
  EXPECT_THAT(check_words(c, "i", "o"),
              ElementsAre("--input-dir", "i", "--output-dir", "o", "--models-dir", "m",
                          "--reference-models", "r"));
  c.training.every_days = 7;
  EXPECT_THAT(check_words(c, "i", "o"),
              ElementsAre("--input-dir", "i", "--output-dir", "o", "--reference-models", "r"));
}

}  // namespace
}  // namespace aml::service
