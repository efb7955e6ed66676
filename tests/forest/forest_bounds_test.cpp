// What a model may hold at the most, and what is one more; on a model small enough to be read.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "base/error.h"
#include "forest/forest_text.h"

namespace aml::forest {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

using Fields = std::map<std::string, std::string>;

std::string lines(const Fields& fields) {
  std::string text;
  for (const auto& [key, value] : fields) text += key + "=" + value + "\n";
  return text;
}

// Two features; a tree of three leaves, whose second node asks for categories: bit 2 of one word.
struct Text {
  Fields head = {{"version", "v4"},
                 {"num_class", "1"},
                 {"num_tree_per_iteration", "1"},
                 {"label_index", "0"},
                 {"max_feature_idx", "1"},
                 {"feature_names", "volume kind"},
                 {"feature_infos", "none none"}};
  Fields tree = {{"num_leaves", "3"},       {"num_cat", "1"},
                 {"split_feature", "0 1"},  {"threshold", "0.5 0"},
                 {"decision_type", "2 1"},  {"left_child", "1 -1"},
                 {"right_child", "-2 -3"},  {"leaf_value", "0.25 -0.5 1"},
                 {"leaf_count", "7 11 13"}, {"internal_count", "31 20"},
                 {"cat_boundaries", "0 1"}, {"cat_threshold", "4"}};

  Text with_head(const std::string& key, const std::string& value) const {
    Text text = *this;
    text.head[key] = value;
    return text;
  }
  Text with(const Fields& others) const {
    Text text = *this;
    for (const auto& [key, value] : others) text.tree[key] = value;
    return text;
  }
  std::string str() const {
    return "tree\n" + lines(head) + "\nTree=0\n" + lines(tree) + "\nend of trees\n";
  }
};

// Nothing where the model is read.
std::string complaint(const std::string& text) {
  try {
    read_forest(text, "m.txt");
  } catch (const Error& e) {
    EXPECT_EQ(e.kind(), ErrorKind::bad_input);
    return e.what();
  }
  return "";
}
std::string complaint(const Text& text) { return complaint(text.str()); }
std::string complaint_with(const Fields& tree) { return complaint(Text().with(tree)); }

TEST(ForestBounds, ReadsEachNumberIntoItsPlace) {
  const Forest forest = read_forest(Text().with({{"split_gain", "5 1e1"}}).str(), "m.txt");
  ASSERT_EQ(forest.trees.size(), 1U);
  const Tree& tree = forest.trees[0];
  EXPECT_EQ(forest.objective, "");
  EXPECT_EQ(forest.output, Output::identity);
  EXPECT_EQ(tree.leaves[2].value, 1);
  EXPECT_EQ(tree.leaves[2].cover, 13);
  EXPECT_EQ(tree.nodes[0].cover, 31);
  EXPECT_EQ(tree.nodes[0].left, 1);
  EXPECT_EQ(tree.nodes[0].right, -2);
  EXPECT_EQ(tree.nodes[1].left, -1);
  EXPECT_TRUE(tree.nodes[0].default_left);
  EXPECT_FALSE(tree.nodes[0].categorical);
  EXPECT_TRUE(tree.nodes[1].categorical);
  EXPECT_FALSE(tree.nodes[1].default_left);
  EXPECT_EQ(tree.nodes[1].first_word, 0U);
  EXPECT_EQ(tree.nodes[1].words, 1U);
  EXPECT_EQ(tree.categories, std::vector<std::uint32_t>{4});
  EXPECT_EQ(tree.gains, (std::vector<float>{5, 10}));
  EXPECT_TRUE(forest.explainable);
}

TEST(ForestBounds, KnowsThreeWaysToMissAValue) {
  const std::vector<std::pair<std::string, Missing>> kinds = {
      {"2", Missing::none}, {"6", Missing::zero}, {"10", Missing::nan}};
  for (const auto& [kind, missing] : kinds) {
    const Forest forest = read_forest(Text().with({{"decision_type", kind + " 1"}}).str(), "m.txt");
    EXPECT_EQ(forest.trees[0].nodes[0].missing, missing) << kind;
  }
  EXPECT_EQ(complaint_with({{"decision_type", "11 1"}, {"threshold", "0 0"}}), "");
  EXPECT_THAT(complaint_with({{"decision_type", "12 1"}}), HasSubstr("decision_type 12 is not"));
  EXPECT_THAT(complaint_with({{"decision_type", "-1 1"}}), HasSubstr("decision_type -1 is not"));
}

TEST(ForestBounds, NamesChildrenThatMakeNoTree) {
  const auto at = [](const char* child, int node) {
    return HasSubstr(std::string(child) + " does not form a tree at node " + std::to_string(node));
  };
  EXPECT_THAT(complaint_with({{"left_child", "0 -1"}}), at("left_child", 0));
  EXPECT_THAT(complaint_with({{"left_child", "2 -1"}}), at("left_child", 0));
  EXPECT_THAT(complaint_with({{"left_child", "1 1"}}), at("left_child", 1));
  EXPECT_THAT(complaint_with({{"left_child", "1 0"}}), at("left_child", 1));
  EXPECT_THAT(complaint_with({{"left_child", "1 -4"}}), at("left_child", 1));
  EXPECT_THAT(complaint_with({{"right_child", "1 -3"}}), at("right_child", 0));
  EXPECT_THAT(complaint_with({{"right_child", "-2 -2"}}), at("right_child", 1));
  EXPECT_THAT(complaint_with({{"left_child", "-2147483648 -1"}}), at("left_child", 0));
}

TEST(ForestBounds, KnowsNoFeatureBeyondTheLast) {
  EXPECT_EQ(complaint_with({{"split_feature", "1 1"}}), "");
  EXPECT_THAT(complaint_with({{"split_feature", "2 1"}}),
              HasSubstr("split_feature 2 does not exist"));
  EXPECT_THAT(complaint_with({{"split_feature", "-1 1"}}), HasSubstr("split_feature -1 does not"));
}

TEST(ForestBounds, TakesNoMoreSetsOfCategoriesThanNodes) {
  const Fields two = {{"num_cat", "2"}, {"cat_boundaries", "0 0 2"}, {"cat_threshold", "4 8"}};
  const Forest forest = read_forest(Text().with(two).with({{"threshold", "0.5 1"}}).str(), "m");
  EXPECT_EQ(forest.trees[0].nodes[1].first_word, 0U);
  EXPECT_EQ(forest.trees[0].nodes[1].words, 2U);
  EXPECT_THAT(complaint_with({{"num_cat", "3"}}), HasSubstr("num_cat is out of range"));
  EXPECT_THAT(complaint_with({{"num_cat", "-1"}}), HasSubstr("num_cat is out of range"));
  EXPECT_THAT(complaint_with({{"num_cat", "0"}}),
              HasSubstr("a set of categories that is not there"));
  EXPECT_EQ(complaint_with({{"num_cat", "0"}, {"decision_type", "2 2"}}), "");
  for (const char* threshold : {"0.5 1", "0.5 -1", "0.5 0.5", "0.5 -0.5"}) {
    EXPECT_THAT(complaint_with({{"threshold", threshold}}),
                HasSubstr("node 1 names a set of categories that is not there"))
        << threshold;
  }
}

TEST(ForestBounds, WantsBoundsOfCategoriesThatAscendFromZero) {
  EXPECT_THAT(complaint_with({{"cat_boundaries", "1 1"}}), HasSubstr("out of range"));
  EXPECT_THAT(complaint_with({{"cat_boundaries", "1 0"}}), HasSubstr("do not ascend"));
  EXPECT_THAT(complaint_with({{"num_cat", "2"}, {"cat_boundaries", "0 2 1"}}),
              HasSubstr("do not ascend"));
  EXPECT_THAT(complaint_with({{"cat_boundaries", "0 2147483648"}}), HasSubstr("out of range"));
  EXPECT_THAT(complaint_with({{"cat_boundaries", "0 2147483647"}}),
              HasSubstr("cat_threshold holds 1 numbers where 2147483647 belong"));
  EXPECT_THAT(complaint_with({{"cat_boundaries", "0 1 1"}}), HasSubstr("3 numbers where 2 belong"));
}

TEST(ForestBounds, WantsCountsOfRowsThatAddUp) {
  EXPECT_EQ(complaint_with({{"leaf_count", "0 11 13"}, {"internal_count", "24 13"}}), "");
  EXPECT_THAT(complaint_with({{"leaf_count", "-1 11 13"}, {"internal_count", "23 12"}}),
              HasSubstr("leaf_count is negative"));
  EXPECT_THAT(complaint_with({{"internal_count", "32 20"}}),
              HasSubstr("internal_count 32 of node 0 is not the sum"));
  EXPECT_THAT(complaint_with({{"internal_count", "31 21"}}),
              HasSubstr("internal_count 31 of node 0 is not the sum"));
  EXPECT_THAT(complaint_with({{"internal_count", "32 21"}}),
              HasSubstr("internal_count 21 of node 1 is not the sum"));
  const std::string without_rows =
      Text().with({{"leaf_count", "0 11 0"}, {"internal_count", "11 0"}}).str();
  EXPECT_FALSE(read_forest(without_rows, "m").explainable);
}

TEST(ForestBounds, TakesAConstantTreeWithCountAndWithout) {
  Text text;
  text.tree = {{"num_leaves", "1"}, {"num_cat", "0"}, {"leaf_value", "0.5"}};
  EXPECT_EQ(complaint(text), "");
  EXPECT_EQ(complaint(text.with({{"leaf_count", ""}})), "");
  const Fields counted = {{"leaf_count", "5"}, {"internal_count", ""}};
  EXPECT_EQ(read_forest(text.with(counted).str(), "m").trees[0].leaves[0].cover, 5);
  EXPECT_THAT(complaint(text.with({{"leaf_count", "5 5"}})), HasSubstr("leaf_count holds 2"));
  EXPECT_THAT(complaint(text.with({{"num_cat", "1"}})), HasSubstr("num_cat is out of range"));
  EXPECT_THAT(complaint(text.with({{"num_cat", "-1"}})), HasSubstr("num_cat is out of range"));
}

TEST(ForestBounds, CountsLeavesAndLinesOfATree) {
  EXPECT_THAT(complaint_with({{"num_leaves", "0"}}), HasSubstr("num_leaves is out of range"));
  EXPECT_THAT(complaint_with({{"num_leaves", "1000000"}}),
              HasSubstr("leaf_value holds 3 numbers where 1000000 belong"));
  EXPECT_THAT(complaint_with({{"num_leaves", "1000001"}}), HasSubstr("num_leaves is out of range"));
  EXPECT_EQ(complaint_with({{"is_linear", "0"}}), "");
  EXPECT_THAT(complaint_with({{"is_linear", "1"}}), HasSubstr("not supported"));
  Text text;
  while (text.tree.size() < 22) text.tree["x" + std::to_string(text.tree.size())] = "1";
  EXPECT_EQ(complaint(text), "");
  text.tree["shrinkage"] = "1";
  EXPECT_THAT(complaint(text), HasSubstr("more lines than a tree may have"));
}

TEST(ForestBounds, ReadsWhatNoScoreNeeds) {
  for (const char* key : {"internal_value", "internal_weight", "split_gain"}) {
    EXPECT_EQ(complaint_with({{key, "1 2"}}), "") << key;
    EXPECT_THAT(complaint_with({{key, "1 2 3"}}), HasSubstr(std::string(key) + " holds 3")) << key;
  }
  EXPECT_EQ(complaint_with({{"leaf_weight", "1 2 3"}}), "");
  EXPECT_THAT(complaint_with({{"leaf_weight", "1 2"}}), HasSubstr("leaf_weight holds 2"));
  EXPECT_EQ(complaint_with({{"shrinkage", "0.1"}}), "");
  EXPECT_THAT(complaint_with({{"shrinkage", "1 2"}}),
              HasSubstr("shrinkage holds 2 numbers where 1"));
}

TEST(ForestBounds, WantsAHeadThatAgreesWithItself) {
  const Text text;
  EXPECT_THAT(complaint(text.with_head("Tree", "0")), HasSubstr("a tree begins in it"));
  EXPECT_THAT(complaint(text.with_head("max_feature_idx", "2")), HasSubstr("do not agree"));
  EXPECT_THAT(complaint(text.with_head("max_feature_idx", "0")), HasSubstr("do not agree"));
  EXPECT_THAT(complaint(text.with_head("feature_names", "").with_head("max_feature_idx", "-1")),
              HasSubstr("feature_names and max_feature_idx do not agree"));
  EXPECT_THAT(complaint(text.with_head("feature_infos", "none")),
              HasSubstr("feature_infos and feature_names do not agree"));
  EXPECT_EQ(complaint(text.with_head("monotone_constraints", "0 -1")), "");
  EXPECT_THAT(complaint(text.with_head("monotone_constraints", "0")),
              HasSubstr("monotone_constraints holds 1 numbers where 2 belong"));
  EXPECT_THAT(complaint(text.with_head("label_index", "x")), HasSubstr("label_index"));
  EXPECT_THAT(complaint(text.with_head("num_tree_per_iteration", "2")), HasSubstr("multi-class"));
  EXPECT_THAT(complaint(text.with_head("objective", "")), HasSubstr("is not known"));
  EXPECT_THAT(complaint(text.with_head("objective", "binary")), HasSubstr("'binary' is not known"));
  const Forest forest = read_forest(text.with_head("objective", "binary sigmoid:2.5").str(), "m");
  EXPECT_EQ(forest.output, Output::sigmoid);
  EXPECT_EQ(forest.sigmoid, 2.5);
}

TEST(ForestBounds, WantsTreesOfTheSizesThatTheHeadNames) {
  const std::size_t size = ("Tree=0\n" + lines(Text().tree) + "\n").size();
  const auto sized = [](std::size_t bytes, const std::string& more = "") {
    return complaint(Text().with_head("tree_sizes", std::to_string(bytes) + more));
  };
  EXPECT_EQ(sized(size), "");
  EXPECT_THAT(sized(size + 1), HasSubstr("Tree=0 is not as long as tree_sizes says"));
  EXPECT_THAT(sized(size - 1), HasSubstr("Tree=0 is not as long as tree_sizes says"));
  EXPECT_THAT(sized(size, " 7"), HasSubstr("it has 1 trees and tree_sizes names 2"));
  EXPECT_THAT(complaint(Text().with_head("tree_sizes", "")),
              HasSubstr("Tree=0 is not as long as tree_sizes says"));
}

TEST(ForestBounds, QuotesNoMoreThanFortyCharactersOfALine) {
  const std::string forty(40, 'x');
  std::string text = Text().str();
  text.insert(text.find("end of trees"), forty + "y=1\n");
  EXPECT_THAT(complaint(text), HasSubstr("'" + forty + "' stands where Tree=1 belongs"));
  std::string loose = Text().str();
  loose.insert(loose.find("num_cat"), forty + "y\n");
  EXPECT_THAT(complaint(loose), HasSubstr("'" + forty + "' is no line of such a model"));
  EXPECT_THAT(complaint_with({{"num_leaves", "3 "}}), HasSubstr("num_leaves is no whole number"));
  EXPECT_THAT(complaint_with({{"leaf_value", forty + "y"}}),
              HasSubstr("leaf_value holds '" + forty + "', which is no such number"));
}

TEST(ForestBounds, WantsATreeAndAnEnd) {
  const std::string head = "tree\n" + lines(Text().head) + "\n";
  EXPECT_THAT(complaint(head + "end of trees\n"), HasSubstr("it has no trees"));
  EXPECT_THAT(complaint(head), HasSubstr("breaks off before 'end of trees'"));
  EXPECT_EQ(complaint(Text().str() + "\npandas_categorical:[]"), "");
  const auto categories = [](const char* list) {
    return read_forest(Text().str() + "\npandas_categorical:" + list, "m").pandas_categories;
  };
  EXPECT_TRUE(categories("[[\"a\"]]"));
  EXPECT_TRUE(categories("[1]"));
  EXPECT_FALSE(categories("null"));
  EXPECT_FALSE(categories("x[["));
}

TEST(ForestBounds, KnowsModelsOfOtherLibrariesByHowTheyBegin) {
  const std::vector<std::pair<std::string, std::string>> kinds = {
      {"CBM1\x02", "a CatBoost model"},
      {R"({"oblivious_trees":[]})", "a CatBoost model"},
      {"binf\x01", "an XGBoost model"},
      {"bs64\tAAAA", "an XGBoost model"},
      {R"({"learner":{}})", "an XGBoost model"},
      {R"({"gradient_booster":{}})", "an XGBoost model"},
      {"booster[0]:\n0:leaf=1\n", "a dump of an XGBoost model"},
      {R"({"tree_info":[]})", "LightGBM's JSON dump"}};
  for (const auto& [text, kind] : kinds) {
    EXPECT_THAT(complaint(text), HasSubstr("m.txt is " + kind + ", which is not supported"));
  }
  for (const char* other : {"bs64 ", "{}", "learner", "\"oblivious_trees\"", "\"tree_info\""}) {
    EXPECT_THAT(complaint(std::string(other)), HasSubstr("first line is not 'tree'")) << other;
  }
  const std::string key = R"("tree_info")";
  const auto far = [&](std::size_t end) {
    return complaint("{" + std::string(end - key.size() - 1, ' ') + key);
  };
  EXPECT_THAT(far(65536), HasSubstr("JSON dump"));
  EXPECT_THAT(far(65537), Not(HasSubstr("JSON dump")));
}

}  // namespace
}  // namespace aml::forest
