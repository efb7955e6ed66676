#include "results/metadata.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "example.h"

namespace aml::results {
namespace {

TEST(Metadata, ReadsBackWhatItWrote) {
  Metadata metadata = example_metadata("2025-10-26");
  metadata.flow_counts = {{"duplicates", 3}};
  metadata.engine = R"({"name":"spark"})";
  const Metadata read = Metadata::parse(metadata.to_json(), "metadata.json");
  EXPECT_EQ(read.to_json(), metadata.to_json());
  EXPECT_EQ(read.engine, metadata.engine);
  EXPECT_EQ(read.model_version("alert_scorer"), "1.0.0");
  EXPECT_EQ(read.model_version("alert_ranker"), "");
  EXPECT_EQ(read.warnings, metadata.warnings);
}

TEST(Metadata, RefusesWhatIsNotOurs) {
  EXPECT_THROW(Metadata::parse("", "m"), Error);
  EXPECT_THROW(Metadata::parse("[]", "m"), Error);
  EXPECT_THROW(Metadata::parse("{\"processing_date\":\"2025-10-26\"}", "m"), Error);
  EXPECT_THROW(Metadata::parse(example_metadata("yesterday").to_json(), "m"), Error);
  const std::string text = example_metadata("2025-10-26").to_json();
  EXPECT_THROW(Metadata::parse(text.substr(0, text.size() / 2), "m"), Error);
}

}  // namespace
}  // namespace aml::results
