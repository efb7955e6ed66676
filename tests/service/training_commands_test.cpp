#include "service/training_commands.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "base/file_system.h"

namespace aml::service {
namespace {

using ::testing::ElementsAre;

TEST(TrainingCommands, NamePathsAsAnyFolderKnowsThem) {
  Configuration c;
  c.process = {"--history", "h",  "--features-dir", "f",     "--labels",   "a",
               "--labels",  "/b", "--without",      "known", "--max-rows", "7"};
  const auto path = [](const char* name) { return absolute_path(name).string(); };
  EXPECT_THAT(feature_words(c),
              ElementsAre("--features-dir", path("f"), "--history", path("h"), "--max-rows", "7",
                          "--without", "known", "--labels", path("a"), "--labels", "/b"));
}

}  // namespace
}  // namespace aml::service
