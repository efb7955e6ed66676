#include "validation/own_information.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <string_view>

#include "base/hash.h"
#include "models/boosting.h"
#include "validation/least_squares.h"

namespace aml::validation {

namespace {

constexpr std::size_t kFolds = 3;
constexpr double kSmoothRidge = 1;  // rows that say that a coefficient is 0
constexpr double kBlockRidge = 20;
constexpr int kTrees = 50;
constexpr int kLeaves = 15;
constexpr double kRate = 0.1;
constexpr std::size_t kFewestRows = 20;  // of a leaf, and at least this share of all:
constexpr double kFewestShare = 0.01;

// The finalizer of splitmix64 (Steele, Lea and Flood 2014).
std::uint64_t mixed(std::uint64_t x) {
  x = (x ^ (x >> 30U)) * 0xbf58476d1ce4e5b9U;
  x = (x ^ (x >> 27U)) * 0x94d049bb133111ebU;
  return x ^ (x >> 31U);
}

struct Moments {
  double mean = 0;
  double variance = 0;
};

Moments moments_of(std::span<const double> values) {
  Moments moments;
  const auto n = static_cast<double>(values.size());
  for (const double value : values) moments.mean += value / n;
  for (const double value : values) {
    moments.variance += (value - moments.mean) * (value - moments.mean) / n;
  }
  return moments;
}

}  // namespace

std::vector<std::uint64_t> address_codes(std::span<const std::string> addresses) {
  constexpr std::size_t kDigits = 16;
  std::map<std::string_view, std::uint64_t> known;
  std::vector<std::uint64_t> codes;
  for (const std::string& address : addresses) {
    const auto [at, is_new] = known.try_emplace(address, 0);
    if (is_new) at->second = hash_number(address, kDigits);
    codes.push_back(at->second);
  }
  return codes;
}

struct OwnInformationOf::State {
  struct Fold {
    std::vector<std::size_t> rows;    // explained in this fold,
    std::vector<std::size_t> others;  // learned from
    std::unique_ptr<Cholesky> gram;   // of the others
  };

  std::vector<std::span<const double>> sums;
  std::vector<std::span<const double>> trees;
  std::array<Fold, kFolds> folds;
  std::size_t rows = 0;
  std::uint64_t seed = 0;

  std::vector<double> linear_rest(const Fold& fold, std::span<const double> normal) const;
  void explain(const Fold& fold, std::span<const double> normal, std::span<double> own) const;
};

OwnInformationOf::OwnInformationOf(const PublicColumns& columns,
                                   std::span<const std::uint64_t> codes, std::uint64_t seed)
    : state_(std::make_unique<State>()) {
  State& state = *state_;
  state.sums = views_of(columns.smooth);
  const auto blocks = views_of(columns.blocks);
  state.sums.insert(state.sums.end(), blocks.begin(), blocks.end());
  state.trees = views_of(columns.trees);
  state.rows = columns.rows();
  state.seed = seed;
  for (std::size_t i = 0; i < state.rows; ++i) {
    const std::size_t own = mixed(codes[i] ^ mixed(seed)) % kFolds;
    for (std::size_t f = 0; f < kFolds; ++f) {
      (f == own ? state.folds[f].rows : state.folds[f].others).push_back(i);
    }
  }
  const std::size_t size = state.sums.size();
  std::array<std::vector<double>, kFolds> grams;
  for (std::size_t f = 0; f < kFolds; ++f) {
    grams[f].resize(size * size);
    add_products(state.sums, state.folds[f].rows, {}, grams[f]);
  }
  for (std::size_t f = 0; f < kFolds; ++f) {
    std::vector<double> others(size * size);
    for (std::size_t k = 0; k < kFolds; ++k) {
      if (k == f) continue;
      for (std::size_t i = 0; i < others.size(); ++i) others[i] += grams[k][i];
    }
    for (std::size_t c = 0; c < size; ++c) {
      others[c * size + c] += c < columns.smooth.size() ? kSmoothRidge : kBlockRidge;
    }
    state.folds[f].gram = std::make_unique<Cholesky>(std::move(others), size);
  }
}

OwnInformationOf::~OwnInformationOf() = default;

// What sums that the others teach leave of the ranks of all alerts.
std::vector<double> OwnInformationOf::State::linear_rest(const Fold& fold,
                                                         std::span<const double> normal) const {
  std::vector<double> right(sums.size());
  for (std::size_t c = 0; c < sums.size(); ++c) {
    for (const std::size_t i : fold.others) right[c] += sums[c][i] * normal[i];
  }
  const std::vector<double> coefficients = fold.gram->solve(right);
  std::vector<double> rest(normal.begin(), normal.end());
  for (std::size_t c = 0; c < sums.size(); ++c) {
    for (std::size_t i = 0; i < rest.size(); ++i) rest[i] -= coefficients[c] * sums[c][i];
  }
  return rest;
}

void OwnInformationOf::State::explain(const Fold& fold, std::span<const double> normal,
                                      std::span<double> own) const {
  const std::vector<double> rest = linear_rest(fold, normal);
  std::vector<float> targets;
  for (const std::size_t i : fold.others) targets.push_back(static_cast<float>(rest[i]));
  const models::Boosting boosted(trees, fold.others, targets, {},
                                 {.objective = "regression",
                                  .leaves = kLeaves,
                                  .trees = kTrees,
                                  .learning_rate = kRate,
                                  .fewest_rows = kFewestRows,
                                  .fewest_share = kFewestShare,
                                  .seed = seed});
  const std::vector<double> explained = boosted.raw(trees, fold.rows);
  for (std::size_t k = 0; k < fold.rows.size(); ++k) {
    own[fold.rows[k]] = rest[fold.rows[k]] - explained[k];
  }
}

OwnInformation OwnInformationOf::operator()(std::span<const double> scores) const {
  const std::vector<double> normal = gaussian_ranks(scores);
  OwnInformation own;
  own.values.resize(normal.size());
  const double all = moments_of(normal).variance;
  const bool can_fit = std::all_of(
      state_->folds.begin(), state_->folds.end(),
      [](const State::Fold& fold) { return !fold.rows.empty() && !fold.others.empty(); });
  if (all <= 0 || !can_fit) return own;
  for (const State::Fold& fold : state_->folds) state_->explain(fold, normal, own.values);
  const Moments left = moments_of(own.values);
  own.explained = std::clamp(1 - left.variance / all, 0.0, 1.0);
  const double scale = left.variance < kLeastOwn * all ? 0 : 1 / std::sqrt(left.variance);
  for (double& value : own.values) {
    value = std::clamp((value - left.mean) * scale, -kMostDeviations, kMostDeviations);
  }
  return own;
}

}  // namespace aml::validation
