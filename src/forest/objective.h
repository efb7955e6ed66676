#pragma once

#include <filesystem>
#include <optional>
#include <string_view>

#include "forest/forest.h"

namespace aml::forest {

struct Objective {
  Output output = Output::identity;
  double sigmoid = 1;
};

// What the objective of a model's text, "binary sigmoid:1", makes of a raw score. Nothing where
// LightGBM has no such objective of one score per row; "" and "custom" are custom ones.
std::optional<Objective> parse_objective(std::string_view text);

// What a raw score is divided by before a score is made of it: the number of trees of an averaged
// forest, otherwise 1.
double raw_divisor(const Forest& forest);

// The score of a raw one: LightGBM's predict() beside its predict(raw_score=True), bit for bit.
double output_score(const Forest& forest, double raw);

// True where raw scores are log-odds, or published as if they were (rankers, custom objectives).
bool gives_log_odds(const Forest& forest);

// Batches publish 1 / (1 + e^-raw) whatever the model, of the mean raw score where trees are
// averaged. Throws Error{bad_input} that names `path` where the forest does not give log-odds.
void require_log_odds(const Forest& forest, const std::filesystem::path& path);

// 1 / (1 + e^-raw): the published score of every model, in [0, 1].
double published_score(double raw);

}  // namespace aml::forest
