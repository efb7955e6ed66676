#pragma once

#include <cstddef>
#include <functional>
#include <string>

#include "base/database.h"
#include "forest/model.h"

namespace aml::models {

// A model as a function of SQL, so that rows of any table are scored while DuckDB streams them.
struct ScoreFunction {
  const forest::Model& model;
  bool with_contributions = false;
  int threads = 1;                                // in one call, of up to 2048 rows
  std::function<void(std::size_t rows)> on_rows;  // told how many were scored; from any thread
};

// Makes score_rows(x1, …, xn) known on this connection's database: a DOUBLE per feature in the
// model's order, NULL where it is missing, to a STRUCT of DOUBLEs. Its members, by position from 1
// on: raw score, score, and with contributions the base value and a contribution per feature.
// REQUIRES: `function` lives as long as the database.
void register_score_function(const Connection& connection, const ScoreFunction& function);

}  // namespace aml::models
