#include "base/nearest.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace aml {
namespace {

const std::vector<std::string> kWords{"process",    "predict",     "processing-date",
                                      "models-dir", "AML_THREADS", "S3_ACCESS_KEY"};

TEST(Nearest, FindsWhatWasMistyped) {
  EXPECT_EQ(nearest("proces", kWords), "process");
  EXPECT_EQ(nearest("porcess", kWords), "process");
  EXPECT_EQ(nearest("predcit", kWords), "predict");
  EXPECT_EQ(nearest("AML_THREDS", kWords), "AML_THREADS");
  EXPECT_EQ(nearest("aml_thread", kWords), "AML_THREADS");
}

TEST(Nearest, FindsWhatHasTheSameParts) {
  EXPECT_EQ(nearest("date", kWords), "processing-date");
  EXPECT_EQ(nearest("S3_KEY", kWords), "S3_ACCESS_KEY");
  EXPECT_EQ(nearest("AML_MINER_THREADS", kWords), "AML_THREADS");
}

TEST(Nearest, IsNothingWhereNoneIsNear) {
  EXPECT_EQ(nearest("xylophone", kWords), std::nullopt);
  EXPECT_EQ(nearest("", kWords), std::nullopt);
  EXPECT_EQ(nearest("process", {}), std::nullopt);
}

TEST(Nearest, ComparesTheBeginningOfLongWords) {
  EXPECT_EQ(nearest(std::string(1'000'000, 'p'), kWords), std::nullopt);
  const std::vector<std::string> long_words{std::string(100, 'p')};
  EXPECT_EQ(nearest(long_words[0] + std::string(1'000, 'q'), long_words), long_words[0]);
  EXPECT_EQ(nearest(std::string(60, 'q') + long_words[0], long_words), std::nullopt);
}

TEST(DidYouMean, EndsASentence) {
  EXPECT_EQ(did_you_mean("proces", kWords), "; did you mean process?");
  EXPECT_EQ(did_you_mean("xylophone", kWords), "");
}

}  // namespace
}  // namespace aml
