#include "model_json.h"

#include <nlohmann/json.hpp>

#include "forest/forest_summary.h"
#include "forest/summary_json.h"

namespace aml::python {

namespace {

using Json = nlohmann::ordered_json;

std::string text_of(const Json& json) {
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

const char* name_of(forest::Missing missing) {
  switch (missing) {
    case forest::Missing::none:
      return "none";
    case forest::Missing::zero:
      return "zero";
    case forest::Missing::nan:
      return "nan";
  }
  return "none";
}

// The categories that go left.
Json categories_of(const forest::Tree& tree, const forest::Node& node) {
  Json categories = Json::array();
  for (std::uint32_t word = 0; word < node.words; ++word) {
    const std::uint32_t bits = tree.categories[node.first_word + word];
    for (std::uint32_t bit = 0; bit < 32; ++bit) {
      if ((bits >> bit & 1) != 0) categories.push_back(word * 32 + bit);
    }
  }
  return categories;
}

Json node_json(const forest::Tree& tree, std::size_t index) {
  const forest::Node& node = tree.nodes[index];
  Json json{{"feature", node.feature},
            {"left", node.left},
            {"right", node.right},
            {"missing", name_of(node.missing)},
            {"default_left", node.default_left},
            {"cover", node.cover}};
  if (index < tree.gains.size()) json["gain"] = tree.gains[index];
  if (node.categorical) {
    json["categories"] = categories_of(tree, node);
  } else {
    json["threshold"] = node.threshold;
  }
  return json;
}

}  // namespace

std::string summary_json(const forest::Model& model) {
  const forest::Forest& forest = model.forest();
  const forest::ForestSummary summary = forest::summarize(forest);
  const forest::EngineReport engine = model.engine_report();
  Json features = Json::array();
  for (const forest::Importance& one : summary.importances) {
    features.push_back({{"name", one.feature}, {"gain", one.gain}, {"splits", one.splits}});
  }
  Json json = forest::summary_json(forest, summary);
  json["instruction_set"] = instruction_set_name(engine.instruction_set);
  json["different_splits"] = engine.different_splits;
  json["explanation_table_bytes"] = engine.explanation_bytes;
  json["features"] = std::move(features);
  return text_of(json);
}

std::string forest_json(const forest::Model& model) {
  const forest::Forest& forest = model.forest();
  Json trees = Json::array();
  for (const forest::Tree& tree : forest.trees) {
    Json nodes = Json::array();
    for (std::size_t i = 0; i < tree.nodes.size(); ++i) nodes.push_back(node_json(tree, i));
    Json leaves = Json::array();
    for (const forest::Leaf& leaf : tree.leaves) {
      leaves.push_back({{"value", leaf.value}, {"cover", leaf.cover}});
    }
    trees.push_back({{"nodes", std::move(nodes)}, {"leaves", std::move(leaves)}});
  }
  return text_of({{"objective", forest.objective},
                  {"average_output", forest.average_output},
                  {"feature_names", forest.feature_names},
                  {"trees", std::move(trees)}});
}

}  // namespace aml::python
