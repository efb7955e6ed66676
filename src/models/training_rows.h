#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "models/ground_truth.h"

namespace aml::models {

// Labelled rows to learn from, wherever they lie: they are read when they are binned, some at a
// time, and never all copied.
struct TrainingRows {
  std::vector<std::string> names;
  std::vector<float> labels;     // 0 or 1, by row
  std::vector<float> weights{};  // by row; empty: all count once
  // Writes these rows one after the other, a value for each name. May be called from any thread,
  // not from two at once.
  std::function<void(std::span<const std::int32_t> rows, double* values)> read;
};

// Of all days' labelled rows, which must outlive what is returned. Throws Error{internal} where the
// days' matrices do not have the same features, Error{bad_input} where there are no rows.
TrainingRows rows_of(std::span<const LabelledRows> days);

// LightGBM's handle of these rows in bins, which whoever called frees; the same as LightGBM makes
// of one matrix of them. One at a time in this process, since what bins are made from lies there a
// second time. REQUIRES: there are rows.
void* bin_rows(const TrainingRows& rows, const std::string& parameters);

}  // namespace aml::models
