#include "forest/forest_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "example.h"

namespace aml::forest {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const std::string& model() {
  static const std::string text = models::example_model();
  return text;
}

// The model with its first `from` replaced; tree_sizes are dropped so that lengths may change.
std::string edited(const std::string& from, const std::string& to) {
  std::string text = model();
  const std::size_t sizes = text.find("tree_sizes=");
  text.erase(sizes, text.find('\n', sizes) + 1 - sizes);
  const std::size_t found = text.find(from);
  EXPECT_NE(found, std::string::npos) << from;
  return text.replace(found, from.size(), to);
}

// The first "key=number" of the first tree.
std::string first_of(const std::string& key) {
  const std::size_t begin = model().find("\n" + key + "=") + 1;
  return model().substr(begin, model().find_first_of(" \n", begin) - begin);
}

std::string complaint(const std::string& text) {
  try {
    read_forest(text, "models/alert_scorer_v1.0.0.txt");
  } catch (const Error& e) {
    EXPECT_EQ(e.kind(), ErrorKind::bad_input);
    EXPECT_THAT(e.what(), HasSubstr("models/alert_scorer_v1.0.0.txt"));
    return e.what();
  }
  return "";
}

TEST(ForestText, AcceptsWhatLightGbmWrites) {
  const Forest forest = read_forest(model(), "m");
  EXPECT_THAT(forest.feature_names, ElementsAre("volume", "degree", "entropy"));
  EXPECT_EQ(forest.objective, "binary sigmoid:1");
  EXPECT_EQ(forest.output, Output::sigmoid);
  EXPECT_EQ(forest.trees.size(), 10U);
  EXPECT_TRUE(forest.explainable);
  const Tree& tree = forest.trees[0];
  EXPECT_EQ(tree.leaves.size(), tree.nodes.size() + 1);
  EXPECT_EQ(tree.gains.size(), tree.nodes.size());
  EXPECT_EQ(tree.nodes[0].cover, 600);
  EXPECT_EQ(complaint(edited("version=v4", "version=v3")), "");
}

// Some editors and version control systems turn LF into CRLF.
TEST(ForestText, ReadsLinesThatEndInCarriageReturnAndNewline) {
  std::string text;
  for (const char c : model()) text += c == '\n' ? std::string("\r\n") : std::string(1, c);
  const Forest forest = read_forest(text, "m");
  EXPECT_EQ(forest.feature_names.back(), "entropy");
  EXPECT_EQ(forest.trees.size(), 10U);
  text.insert(text.find("shrinkage="), "\r");
  EXPECT_THAT(complaint(text), HasSubstr("line end"));
}

TEST(ForestText, TakesFeatureNamesAsTheyAre) {
  const Forest forest = read_forest(edited("volume degree", "a=b=c größe\"s\""), "m");
  EXPECT_THAT(forest.feature_names, ElementsAre("a=b=c", "größe\"s\"", "entropy"));
}

TEST(ForestText, KnowsAveragedForestsAndPandasCategories) {
  EXPECT_FALSE(read_forest(model(), "m").average_output);
  EXPECT_TRUE(
      read_forest(edited("feature_names=", "average_output\nfeature_names="), "m").average_output);
  EXPECT_FALSE(read_forest(model() + "\npandas_categorical:null\n", "m").pandas_categories);
  EXPECT_FALSE(read_forest(model() + "\npandas_categorical:[]\n", "m").pandas_categories);
  EXPECT_TRUE(read_forest(model() + "\npandas_categorical:[[1, 2]]\n", "m").pandas_categories);
}

TEST(ForestText, RefusesAFileThatBreaksOffAnywhereBeforeTheEndOfItsTrees) {
  const std::size_t end = model().find("end of trees");
  for (std::size_t length = 0; length < end; length += 61) {
    EXPECT_NE(complaint(model().substr(0, length)), "") << length;
  }
}

TEST(ForestText, RefusesWhatIsNoSingleScoreModel) {
  EXPECT_THAT(complaint("PAR1 something else"), HasSubstr("first line is not 'tree'"));
  EXPECT_THAT(complaint(model() + std::string(1, '\0')), HasSubstr("binary data"));
  EXPECT_THAT(complaint(edited("num_class=1", "num_class=3")), HasSubstr("multi-class"));
  EXPECT_THAT(complaint(edited("binary sigmoid:1", "binary_sigmoid:1")),
              HasSubstr("binary_sigmoid:1"));
  EXPECT_THAT(complaint(edited("is_linear=0", "is_linear=1")), HasSubstr("linear"));
  EXPECT_THAT(complaint(edited("version=v4", "version=v9")), HasSubstr("v9"));
  // Such a model is not damaged, and copying it anew would not help.
  for (const auto& [from, to] :
       std::vector<std::pair<std::string, std::string>>{{"num_class=1", "num_class=3"},
                                                        {"is_linear=0", "is_linear=1"},
                                                        {"version=v4", "version=v9"}}) {
    EXPECT_THAT(complaint(edited(from, to)), HasSubstr("is not supported"));
    EXPECT_THAT(complaint(edited(from, to)), testing::Not(HasSubstr("intact")));
  }
}

TEST(ForestText, RefusesFeaturesThatDoNotAddUp) {
  EXPECT_THAT(complaint(edited("volume degree", "degree degree")), HasSubstr("named twice"));
  EXPECT_THAT(complaint(edited("volume degree", "degree")), HasSubstr("max_feature_idx"));
  EXPECT_THAT(complaint(edited("feature_names=", "feature_nomes=")), HasSubstr("feature_names"));
  EXPECT_THAT(complaint(edited("split_feature=", "split_feature=77 ")), HasSubstr("split_feature"));
}

TEST(ForestText, RefusesTreesThatAreNone) {
  EXPECT_THAT(complaint(edited("left_child=2", "left_child=0")), HasSubstr("Tree=0"));
  EXPECT_THAT(complaint(edited("leaf_value=", "leaf_value=1e999 ")), HasSubstr("leaf_value"));
  EXPECT_THAT(complaint(edited("leaf_value=", "leaf_value=0.5 ")), HasSubstr("leaf_value"));
  EXPECT_THAT(complaint(edited("num_leaves=", "num_leaves=-")), HasSubstr("num_leaves"));
  EXPECT_THAT(complaint(edited("internal_count=", "internal_count=0 ")),
              HasSubstr("internal_count"));
  EXPECT_THAT(complaint(edited("internal_count=6", "internal_count=7")), HasSubstr("not the sum"));
  EXPECT_THAT(complaint(edited("decision_type=2", "decision_type=14")),
              HasSubstr("decision_type 14"));
  EXPECT_THAT(complaint(edited("decision_type=2", "decision_type=3")), HasSubstr("categories"));
  EXPECT_THAT(complaint(edited(first_of("threshold"), "threshold=nan")), HasSubstr("NaN"));
  EXPECT_EQ(complaint(edited(first_of("threshold"), "threshold=inf")), "");
  EXPECT_THAT(complaint(edited("threshold=", "threshald=")), HasSubstr("threshold"));
  EXPECT_THAT(complaint(edited("decision_type=", "decision_type=2 ")), HasSubstr("decision_type"));
  EXPECT_THAT(complaint(edited("num_cat=0", "num_cat=0\nnum_cat=0")), HasSubstr("twice"));
  EXPECT_THAT(complaint(edited("Tree=3", "Tree=4")), HasSubstr("where Tree=3 belongs"));
}

TEST(ForestText, RefusesTreesThatAreNotAsLongAsTheHeadSays) {
  std::string text = model();
  text.insert(text.find("shrinkage="), "comment=1\n");
  EXPECT_THAT(complaint(text), HasSubstr("tree_sizes"));
}

}  // namespace
}  // namespace aml::forest
