#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/instruction_set.h"
#include "forest/explainer.h"
#include "forest/forest.h"
#include "forest/model_input.h"
#include "forest/scorer.h"
#include "forest/split_table.h"

namespace aml::forest {

// How a model is run: what it asks of the processor and keeps in memory.
struct EngineReport {
  InstructionSet instruction_set = InstructionSet::plain;
  std::size_t different_splits = 0;   // decided once per row, however many nodes share one
  std::size_t explanation_bytes = 0;  // of tables kept for explanations; 0 where made each time
};

// A trained tree ensemble, ready to score and explain. Const calls may run at once; a row's numbers
// have the same bits in any block, thread and instruction set.
class Model {
 public:
  // `name` is what errors call it. REQUIRES: `forest` is what read_forest() may give; this
  // processor supports `set`.
  Model(Forest forest, std::string name, InstructionSet set = best_instruction_set());

  const Forest& forest() const { return forest_; }
  const std::vector<std::string>& feature_names() const { return forest_.feature_names; }

  EngineReport engine_report() const { return {set_, splits_.size(), explainer_.table_bytes()}; }

  // raw[i]: the sum of the trees for row begin+i, in the model's raw units (log-odds for binary).
  // Equal to LightGBM's predict(raw_score=True), bit for bit.
  // REQUIRES: raw.size() rows from `begin` on exist in `input`.
  void predict_raw(const ModelInput& input, std::size_t begin, std::span<double> raw) const;

  // Exact TreeSHAP: contributions[i * (features + 1) + f], the last of each row the base value;
  // each row sums to its raw score. LightGBM's predict(pred_contrib=True), up to rounding.
  // contributions.size() must be a multiple of features + 1. Throws Error{bad_input} where the
  // forest is not explainable.
  void explain(const ModelInput& input, std::size_t begin, std::span<double> contributions) const;

 private:
  void require_rows(const ModelInput& input, std::size_t begin, std::size_t rows) const;

  Forest forest_;
  std::string name_;
  InstructionSet set_;
  SplitTable splits_;
  Scorer scorer_;
  Explainer explainer_;
};

// Loads a LightGBM text model. Throws Error{not_found} or Error{bad_input} that name the file.
std::unique_ptr<Model> load_model(const std::filesystem::path& path);

}  // namespace aml::forest
