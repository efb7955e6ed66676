#include "models/lightgbm_parameters.h"

#include <gmock/gmock.h>

#include "base/error.h"

namespace aml::models {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

std::string refusal_of(const std::vector<std::string>& texts) {
  try {
    parse_parameters(texts);
  } catch (const Error& e) {
    EXPECT_EQ(e.kind(), ErrorKind::usage);
    return e.what();
  }
  return "";
}

TEST(LightGbmParameters, AreKnownByTheirProperNames) {
  EXPECT_THAT(
      parse_parameters({"n_estimators=50", "num_leaf=7", "lambda_l2=0.5"}),
      ElementsAre(Pair("lambda_l2", "0.5"), Pair("num_iterations", "50"), Pair("num_leaves", "7")));
}

TEST(LightGbmParameters, NamesTheNearestOfAnUnknownOne) {
  EXPECT_THAT(refusal_of({"num_leafs=7"}), HasSubstr("did you mean num_leaf"));
  EXPECT_THAT(refusal_of({"lerning_rate=0.1"}), HasSubstr("learning_rate"));
}

TEST(LightGbmParameters, RefusesWhatTrainFixesOrHasNoUseFor) {
  for (const char* fixed : {"objective=regression", "num_threads=4", "n_jobs=4", "deterministic=0",
                            "device=gpu", "verbose=1", "linear_tree=true"}) {
    EXPECT_THAT(refusal_of({fixed}), HasSubstr("sets")) << fixed;
  }
  for (const char* useless : {"output_model=/tmp/x", "early_stopping_round=5", "machines=a:1",
                              "forcedsplits_filename=x", "task=predict"}) {
    EXPECT_THAT(refusal_of({useless}), HasSubstr("no use")) << useless;
  }
}

TEST(LightGbmParameters, RefusesValuesThatLightGbmDoesNotTake) {
  for (const char* wrong :
       {"num_leaves=many", "num_leaves=1", "feature_fraction=2", "boosting=x", "num_iterations=0",
        "num_iterations=1e3", "num_iterations=100000", "learning_rate=-1"}) {
    EXPECT_NE(refusal_of({wrong}), "") << wrong;
  }
}

TEST(LightGbmParameters, RefusesWhatDoesNotGoWithTheRecipe) {
  ::testing::internal::CaptureStderr();
  EXPECT_THAT(refusal_of({"data_sample_strategy=goss"}), HasSubstr("add --param bagging_freq=0"));
  EXPECT_NE(refusal_of({"boosting=goss"}), "");
  EXPECT_NE(refusal_of({"boosting=rf", "bagging_freq=0", "feature_fraction=1"}), "");
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");  // nothing but our sentence
  EXPECT_NO_THROW(parse_parameters({"data_sample_strategy=goss", "bagging_freq=0"}));
  EXPECT_NO_THROW(parse_parameters({"boosting=rf"}));
  EXPECT_THAT(refusal_of({"bagging_by_query=true"}), HasSubstr("no use"));
}

TEST(LightGbmParameters, SaysNothingOfTheMachineThatLightGbmWasBuiltOn) {
  for (const char* wrong : {"num_leaves=1", "feature_fraction=2", "learning_rate=-1"}) {
    EXPECT_THAT(refusal_of({wrong}),
                ::testing::AllOf(HasSubstr("LightGBM says"), ::testing::Not(HasSubstr("/")),
                                 ::testing::Not(HasSubstr(".cpp"))))
        << wrong;
  }
}

TEST(LightGbmParameters, RefusesOtherForms) {
  for (const char* wrong : {"num_leaves", "=7", "num_leaves=", "num_leaves=7 objective=mape", ""}) {
    EXPECT_THAT(refusal_of({wrong}), HasSubstr("key=value")) << wrong;
  }
  EXPECT_THAT(refusal_of({"num_trees=5", "num_iterations=6"}), HasSubstr("twice"));
}

}  // namespace
}  // namespace aml::models
