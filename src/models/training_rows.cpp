#include "models/training_rows.h"

#include <LightGBM/c_api.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <mutex>
#include <numeric>
#include <utility>

#include "base/error.h"
#include "base/threads.h"
#include "models/lightgbm_call.h"

namespace aml::models {

namespace {

constexpr std::size_t kRowsAtOnce = 1024;
// Smaller ones are zero to LightGBM, which does not list them in a sample (its kZeroThreshold).
constexpr double kZeroThreshold = 1e-35F;

struct FreeDataset {
  void operator()(void* dataset) const { LGBM_DatasetFree(dataset); }
};
using Dataset = std::unique_ptr<void, FreeDataset>;

// Calls visit(first, values) for blocks of these rows.
void for_each_block(const TrainingRows& rows, std::span<const std::int32_t> numbers,
                    const std::function<void(std::size_t, std::span<const double>)>& visit) {
  const std::size_t columns = rows.names.size();
  std::vector<double> values(std::min(kRowsAtOnce, numbers.size()) * columns);
  for (std::size_t first = 0; first < numbers.size(); first += kRowsAtOnce) {
    throw_if_stop_requested();
    const std::size_t count = std::min(kRowsAtOnce, numbers.size() - first);
    rows.read(numbers.subspan(first, count), values.data());
    visit(first, std::span(values).first(count * columns));
  }
}

// The rows that LightGBM finds bins from.
std::vector<std::int32_t> sampled_rows(std::size_t all, const std::string& parameters) {
  const auto total = static_cast<std::int32_t>(all);
  int number = 0;
  check_lightgbm(LGBM_GetSampleCount(total, parameters.c_str(), &number), "sample rows");
  std::vector<std::int32_t> sample(static_cast<std::size_t>(number));
  check_lightgbm(LGBM_SampleIndices(total, parameters.c_str(), sample.data(), &number),
                 "sample rows");
  sample.resize(static_cast<std::size_t>(number));
  return sample;
}

// By column, as LightGBM takes a sample: what is not zero, and where.
struct Sample {
  std::vector<std::vector<double>> values;
  std::vector<std::vector<int>> places;
};

Sample read_sample(const TrainingRows& rows, std::span<const std::int32_t> numbers) {
  const std::size_t columns = rows.names.size();
  Sample sample{std::vector<std::vector<double>>(columns), std::vector<std::vector<int>>(columns)};
  for_each_block(rows, numbers, [&](std::size_t first, std::span<const double> block) {
    for (std::size_t i = 0; i < block.size(); ++i) {
      const double value = block[i];
      if (!(std::fabs(value) > kZeroThreshold || std::isnan(value))) continue;
      sample.values[i % columns].push_back(value);
      sample.places[i % columns].push_back(static_cast<int>(first + i / columns));
    }
  });
  return sample;
}

// Bins that are found, and no row yet.
Dataset empty_dataset(const TrainingRows& rows, const std::string& parameters) {
  const std::vector<std::int32_t> numbers = sampled_rows(rows.labels.size(), parameters);
  Sample sample = read_sample(rows, numbers);
  std::vector<double*> values;
  std::vector<int*> places;
  std::vector<int> counts;
  for (std::size_t c = 0; c < rows.names.size(); ++c) {
    values.push_back(sample.values[c].data());
    places.push_back(sample.places[c].data());
    counts.push_back(static_cast<int>(sample.values[c].size()));
  }
  void* dataset = nullptr;
  check_lightgbm(
      LGBM_DatasetCreateFromSampledColumn(
          values.data(), places.data(), static_cast<std::int32_t>(counts.size()), counts.data(),
          static_cast<std::int32_t>(numbers.size()), static_cast<std::int32_t>(rows.labels.size()),
          static_cast<std::int64_t>(rows.labels.size()), parameters.c_str(), &dataset),
      "find bins of the training rows");
  return Dataset(dataset);
}

void set_field(void* dataset, const char* name, const std::vector<float>& values) {
  check_lightgbm(LGBM_DatasetSetField(dataset, name, values.data(), static_cast<int>(values.size()),
                                      C_API_DTYPE_FLOAT32),
                 "set what belongs to the training rows");
}

// One weight for each row of the days; none where all count once, which LightGBM adds up faster.
std::vector<float> weights_of(const std::vector<const LabelledRows*>& days) {
  std::vector<float> weights;
  bool differ = false;
  for (const LabelledRows* day : days) {
    differ |= !day->weights.empty();
    if (day->weights.empty()) weights.insert(weights.end(), day->rows.size(), 1.0F);
    weights.insert(weights.end(), day->weights.begin(), day->weights.end());
  }
  if (!differ) weights.clear();
  return weights;
}

// A row of a day's matrix.
struct Place {
  const features::FeatureMatrix* matrix;
  std::uint32_t row;
};

}  // namespace

TrainingRows rows_of(std::span<const LabelledRows> days) {
  std::vector<const LabelledRows*> used;
  std::vector<Place> places;
  TrainingRows rows;
  for (const LabelledRows& day : days) {
    if (day.rows.empty()) continue;
    if (!used.empty() && day.matrix->names != used.front()->matrix->names) {
      throw Error(ErrorKind::internal, "train: the days do not have the same features");
    }
    used.push_back(&day);
    rows.labels.insert(rows.labels.end(), day.labels.begin(), day.labels.end());
    for (const auto row : day.rows) {
      places.push_back({day.matrix, static_cast<std::uint32_t>(row)});
    }
  }
  if (used.empty()) throw Error(ErrorKind::bad_input, "there is no row with a label to train on");
  rows.names = used.front()->matrix->names;
  rows.weights = weights_of(used);
  rows.read = [places = std::move(places), columns = rows.names.size()](
                  std::span<const std::int32_t> numbers, double* values) {
    for (std::size_t c = 0; c < columns; ++c) {
      for (std::size_t i = 0; i < numbers.size(); ++i) {
        const Place& place = places[static_cast<std::size_t>(numbers[i])];
        values[i * columns + c] = place.matrix->columns[c][place.row];
      }
    }
  };
  return rows;
}

void* bin_rows(const TrainingRows& rows, const std::string& parameters) {
  static std::mutex one_at_a_time;
  const std::lock_guard lock(one_at_a_time);
  Dataset dataset = empty_dataset(rows, parameters);
  std::vector<std::int32_t> all(rows.labels.size());
  std::iota(all.begin(), all.end(), 0);
  const auto columns = static_cast<std::int32_t>(rows.names.size());
  for_each_block(rows, all, [&](std::size_t first, std::span<const double> block) {
    const auto count = static_cast<std::int32_t>(block.size()) / columns;
    check_lightgbm(LGBM_DatasetPushRows(dataset.get(), block.data(), C_API_DTYPE_FLOAT64, count,
                                        columns, static_cast<std::int32_t>(first)),
                   "read the training rows");
  });
  std::vector<const char*> names;
  for (const std::string& name : rows.names) names.push_back(name.c_str());
  check_lightgbm(
      LGBM_DatasetSetFeatureNames(dataset.get(), names.data(), static_cast<int>(names.size())),
      "name the features");
  set_field(dataset.get(), "label", rows.labels);
  if (!rows.weights.empty()) set_field(dataset.get(), "weight", rows.weights);
  return dataset.release();
}

}  // namespace aml::models
