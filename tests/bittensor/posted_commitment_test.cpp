#include "bittensor/posted_commitment.h"

#include <gtest/gtest.h>

#include <string>

#include "base/error.h"

namespace aml::bittensor {
namespace {

const std::string kRoot(64, 'a');

TEST(PostedCommitment, IsReadAsItIsWritten) {
  const PostedCommitment posted{"2025-10-26", kRoot};
  EXPECT_EQ(PostedCommitment::parse(posted.to_json()), posted);
  EXPECT_EQ(posted_of(entry_of(posted)), posted);
}

TEST(PostedCommitment, IsRefusedWhereItIsNone) {
  const std::string root = "\"root\":\"" + kRoot + "\"";
  const std::string date = "\"processing_date\":\"2025-10-26\"";
  for (const std::string& text :
       {std::string(), std::string("[]"), "{" + date + "}", "{" + root + "}",
        "{" + date + "," + root + ",\"more\":1}", "{" + date + ",\"root\":7}",
        "{" + date + ",\"root\":\"" + std::string(64, 'A') + "\"}",
        "{" + root + ",\"processing_date\":\"2025-02-30\"}", "{" + date + "," + root,
        "{" + date + "," + root + "," + root + "}"}) {
    EXPECT_THROW(PostedCommitment::parse(text), Error) << text;
  }
}

TEST(PostedCommitment, IsInNoEntryOfStrangers) {
  EXPECT_FALSE(posted_of(""));
  EXPECT_FALSE(posted_of(std::string(kCommitmentBytes, '\xff')));
  EXPECT_FALSE(posted_of("AML2" + std::string(kCommitmentBytes - 4, '\0')));
}

TEST(FirstSecond, HasComeWhenTheClockIsThere) {
  EXPECT_FALSE(first_second_at(5'000, 4'999));
  EXPECT_EQ(first_second_at(5'000, 5'000)->block, 5U);
  EXPECT_EQ(first_second_at(4'001, 9'000)->block, 5U);
  EXPECT_EQ(first_second_at(4'001, 9'000)->time_ms, 5'000);
}

}  // namespace
}  // namespace aml::bittensor
