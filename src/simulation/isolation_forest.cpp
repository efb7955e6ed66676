#include "simulation/isolation_forest.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "base/threads.h"
#include "simulation/random.h"

namespace aml::simulation {

namespace {

constexpr std::size_t kTrees = 64;
constexpr std::size_t kSample = 256;
constexpr int kMostDepth = 8;  // log2 of the sample
constexpr std::size_t kBlock = 4096;

struct Node {
  std::uint32_t column = 0;
  float limit = 0;          // rows below it go to `child`, the others to `child` + 1
  std::uint32_t child = 0;  // 0: a leaf
  float depth = 0;          // of a leaf, with what its rows would add if split further
};
using Tree = std::vector<Node>;

// The mean depth at which a search in a random binary tree of `count` rows ends.
double expected_depth(std::size_t count) {
  if (count <= 1) return 0;
  if (count == 2) return 1;
  const auto n = static_cast<double>(count);
  return 2 * (std::log(n - 1) + std::numbers::egamma) - 2 * (n - 1) / n;
}

class Planter {
 public:
  Planter(const Table& table, std::uint64_t key) : table_(table), random_(key) {}

  Tree plant() {
    const std::size_t count = std::min(kSample, table_.rows());
    for (std::size_t i = 0; i < count; ++i) rows_.push_back(random_.below(table_.rows()));
    tree_.emplace_back();
    split(0, 0, count, 0);
    return std::move(tree_);
  }

 private:
  void split(std::uint32_t node, std::size_t begin, std::size_t end, int depth) {
    const auto column = static_cast<std::uint32_t>(random_.below(table_.width));
    const auto value = [&](std::size_t row) { return table_.row(row)[column]; };
    const auto first = rows_.begin() + static_cast<std::ptrdiff_t>(begin);
    const auto last = rows_.begin() + static_cast<std::ptrdiff_t>(end);
    const auto [least, most] = std::minmax_element(
        first, last, [&](std::size_t a, std::size_t b) { return value(a) < value(b); });
    if (depth == kMostDepth || end - begin < 2 || value(*least) == value(*most)) {
      tree_[node].depth = static_cast<float>(depth + expected_depth(end - begin));
      return;
    }
    const float low = value(*least);
    const float high = value(*most);
    const float limit = std::clamp(low + static_cast<float>(random_.uniform()) * (high - low),
                                   std::nextafter(low, high), high);
    const auto middle =
        std::partition(first, last, [&](std::size_t row) { return value(row) < limit; });
    const auto child = static_cast<std::uint32_t>(tree_.size());
    tree_.resize(tree_.size() + 2);
    tree_[node] = {column, limit, child, 0};
    const auto cut = static_cast<std::size_t>(middle - rows_.begin());
    split(child, begin, cut, depth + 1);
    split(child + 1, cut, end, depth + 1);
  }

  const Table& table_;
  Random random_;
  std::vector<std::size_t> rows_;
  Tree tree_;
};

float depth_in(const Tree& tree, std::span<const float> row) {
  std::uint32_t node = 0;
  while (tree[node].child != 0) {
    node = tree[node].child + (row[tree[node].column] < tree[node].limit ? 0 : 1);
  }
  return tree[node].depth;
}

}  // namespace

std::vector<double> isolation_scores(const Table& table, std::uint64_t key, int threads) {
  std::vector<Tree> forest(kTrees);
  for (std::size_t i = 0; i < kTrees; ++i) forest[i] = Planter(table, mix({key, i})).plant();
  const double expected = std::max(1.0, expected_depth(std::min(kSample, table.rows())));
  std::vector<double> scores(table.rows());
  parallel_blocks(table.rows(), kBlock, threads, [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) {
      double depth = 0;
      for (const Tree& tree : forest) depth += depth_in(tree, table.row(i));
      scores[i] = std::exp2(-depth / kTrees / expected);
    }
  });
  return scores;
}

}  // namespace aml::simulation
