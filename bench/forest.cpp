// Our forest beside LightGBM's library: the same models, matrix and number of threads, taking turns
// in one process. bench/forest builds and runs it.
#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <bit>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <limits>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "base/files.h"
#include "base/threads.h"
#include "forest/forest_text.h"
#include "forest/model.h"
#include "lightgbm_reference.h"

namespace aml::forest {
namespace {

using reference::Booster;
using reference::Columns;
using reference::Data;

constexpr std::size_t kRows = 50000;
constexpr std::size_t kFeatures = 150;
constexpr std::size_t kBlockRows = 256;  // as process takes them

// One feature in ten is a category; of the others a third lack one value in ten.
bool is_category(std::size_t feature) { return feature % 10 == 7; }

double random_value(std::size_t feature, std::mt19937_64& random) {
  std::normal_distribution<double> normal;
  std::uniform_real_distribution<double> uniform;
  if (is_category(feature)) return std::floor(std::exp(uniform(random) * 5));
  if (feature % 3 == 0 && uniform(random) < 0.1) return std::numeric_limits<double>::quiet_NaN();
  if (feature % 8 == 5 && uniform(random) < 0.3) return 0;
  return feature % 4 == 0 ? std::exp(normal(random) * 2) : normal(random);
}

Data make_matrix() {
  Data data;
  data.rows = kRows;
  data.features = kFeatures;
  data.values.resize(kRows * kFeatures);
  std::mt19937_64 random(20251026);
  for (std::size_t row = 0; row < kRows; ++row) {
    double logit = -1;
    for (std::size_t f = 0; f < kFeatures; ++f) {
      const double value = data.at(row, f) = random_value(f, random);
      const double known = std::isnan(value) ? -1 : value;
      const auto place = static_cast<double>(f);
      logit += std::sin(known * (1 + std::fmod(place, 5))) / (1 + 0.1 * place);
    }
    const double chance = std::uniform_real_distribution<double>()(random);
    data.labels.push_back(chance < 1 / (1 + std::exp(-logit)) ? 1 : 0);
  }
  return data;
}

struct Shape {
  int leaves;
  int trees;
  std::size_t explained;  // rows; LightGBM needs up to 20 ms for one
};

std::string model_text(const std::filesystem::path& folder, const Data& data, const Shape& shape) {
  const auto path = folder / fmt::format("forest-{}x{}.txt", shape.leaves, shape.trees);
  if (std::filesystem::exists(path)) return read_file(path);
  fmt::print(stderr, "training {} trees of {} leaves …\n", shape.trees, shape.leaves);
  std::string categories;
  for (std::size_t f = 0; f < kFeatures; ++f) {
    if (is_category(f)) categories += fmt::format("{}{}", categories.empty() ? "" : ",", f);
  }
  const std::string text = reference::train(
      data, shape.trees,
      fmt::format("objective=binary num_leaves={} learning_rate=0.05 feature_fraction={} seed=1 "
                  "num_threads=2 verbosity=-1 categorical_feature={}",
                  shape.leaves, shape.leaves > 100 ? 0.2 : 1.0, categories));
  write_file_atomically(path, text);
  return text;
}

struct Cost {
  double wall = std::numeric_limits<double>::infinity();
  double cpu = std::numeric_limits<double>::infinity();

  static double processor() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval& time) {
      return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
  }

  // Keeps the least of what several turns took.
  void measure(const std::function<void()>& work) {
    const double cpu_before = processor();
    const auto start = std::chrono::steady_clock::now();
    work();
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
    wall = std::min(wall, taken.count());
    cpu = std::min(cpu, processor() - cpu_before);
  }
};

bool same_bits(double found, double expected) {
  return std::bit_cast<std::uint64_t>(found) == std::bit_cast<std::uint64_t>(expected);
}

bool close(double found, double expected) {
  return std::abs(found - expected) <= std::max(1e-12, 1e-9 * std::abs(expected));
}

// Both on the first rows of the matrix, by turns.
class Duel {
 public:
  Duel(const Booster& booster, const Data& data, const Columns& columns)
      : booster_(booster), data_(data), columns_(columns) {}

  void run(const Model& model, std::string_view title, bool explains, std::size_t rows,
           int threads) const {
    Data some = data_;
    some.rows = rows;
    const std::size_t width = explains ? kFeatures + 1 : 1;
    std::vector<double> expected;
    std::vector<double> found(rows * width);
    Cost theirs;
    Cost ours;
    for (int turn = 0; turn < (explains ? 2 : 5); ++turn) {
      theirs.measure([&] {
        const int kind = explains ? C_API_PREDICT_CONTRIB : C_API_PREDICT_RAW_SCORE;
        expected = booster_.predict(kind, some, threads);
      });
      for (int again = 0; again < 3; ++again) {
        ours.measure([&] {
          parallel_blocks(rows, kBlockRows, threads, [&](std::size_t begin, std::size_t end) {
            const auto out = std::span(found).subspan(begin * width, (end - begin) * width);
            if (explains) {
              model.explain(columns_.input, begin, out);
            } else {
              model.predict_raw(columns_.input, begin, out);
            }
          });
        });
      }
    }
    if (!std::equal(found.begin(), found.end(), expected.begin(), explains ? close : same_bits)) {
      fmt::print(stderr, "{}: the answers differ\n", title);
      std::exit(1);
    }
    const double per_row = 1e6 / static_cast<double>(rows);
    fmt::print("| {} | {} | {} | {:.2f} | {:.3f} | {:.1f} | {:.1f} |\n", title,
               explains ? "explain" : "predict", threads, theirs.cpu * per_row, ours.cpu * per_row,
               theirs.wall / ours.wall, theirs.cpu / ours.cpu);
    std::fflush(stdout);
  }

 private:
  const Booster& booster_;
  const Data& data_;
  const Columns& columns_;
};

void compare(const std::filesystem::path& folder, bool all_sets) {
  const Data data = make_matrix();
  const Columns columns(data);
  fmt::print(
      "| model, instructions | | threads | LightGBM µs/row | ours µs/row | wall ratio | CPU ratio "
      "|\n"
      "|---|---|---|---|---|---|---|\n");
  for (const Shape& shape : {Shape{31, 100, 20000}, Shape{255, 100, 1500}, Shape{255, 500, 300}}) {
    const std::string text = model_text(folder, data, shape);
    const Booster booster(text);
    const Duel duel(booster, data, columns);
    for (const auto& [set, name] : {std::pair{InstructionSet::avx512, "AVX-512"},
                                    {InstructionSet::avx2, "AVX2"},
                                    {InstructionSet::plain, "plain"}}) {
      if (!is_supported(set)) continue;
      const Model model(read_forest(text, "model"), "model", set);
      const std::string title = fmt::format("{} × {}, {}", shape.leaves, shape.trees, name);
      for (const int threads : {1, 2}) duel.run(model, title, false, kRows, threads);
      for (const int threads : {1, 2}) duel.run(model, title, true, shape.explained, threads);
      if (!all_sets) break;
    }
  }
}

}  // namespace
}  // namespace aml::forest

int main(int count, char** arguments) {
  const std::vector<std::string_view> words(arguments + 1, arguments + count);
  if (words.empty() || words.size() > 2 || (words.size() == 2 && words[1] != "--all-sets")) {
    fmt::print(stderr, "usage: bench/forest [--all-sets]\n");
    return 2;
  }
  aml::forest::compare(words[0], words.size() == 2);
}
