#include "forest/counterfactual.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "forest/feature_value.h"
#include "forest/row_walk.h"

namespace aml::forest {

namespace {

void sort_and_unite(std::vector<double>& values) {
  std::sort(values.begin(), values.end());
  values.erase(std::unique(values.begin(), values.end()), values.end());
}

}  // namespace

Counterfactuals::Counterfactuals(const Forest& forest, const ModelInput& input,
                                 std::vector<bool> may_move)
    : forest_(forest), input_(input), features_(input.columns.size()) {
  for (std::size_t t = 0; t < forest.trees.size(); ++t) {
    for (const Node& node : forest.trees[t].nodes) {
      const auto feature = static_cast<std::size_t>(node.feature);
      if (node.categorical || node.missing == Missing::zero) may_move[feature] = false;
      Values& known = features_[feature];
      known.thresholds.push_back(node.threshold);
      if (known.trees.empty() || known.trees.back() != t) known.trees.push_back(t);
    }
  }
  for (std::size_t f = 0; f < features_.size(); ++f) {
    Values& known = features_[f];
    if (!may_move[f] || known.trees.empty()) {
      known = {};
      continue;
    }
    sort_and_unite(known.thresholds);
    std::vector<double> all;
    for (const double value : input.columns[f]) {
      if (!std::isnan(value)) all.push_back(without_tiny(value));
    }
    std::sort(all.begin(), all.end());
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (i + 1 < all.size() && all[i + 1] == all[i]) continue;
      known.values.push_back(all[i]);
      known.at_most.push_back(i + 1);
    }
  }
}

// Of each stretch between two thresholds, in which all values mean the same to the forest, the
// value that is nearest; the nearest of them first.
std::vector<Counterfactuals::Candidate> Counterfactuals::candidates(std::size_t feature,
                                                                    double from) const {
  const Values& known = features_[feature];
  std::vector<Candidate> found;
  if (std::isnan(from) || known.values.size() < 2) return found;
  const auto stretch_of = [&](double value) {
    return std::lower_bound(known.thresholds.begin(), known.thresholds.end(), value) -
           known.thresholds.begin();
  };
  const auto own = stretch_of(from);
  const auto rows = static_cast<double>(known.at_most.back());
  const auto here = static_cast<std::size_t>(
      std::upper_bound(known.values.begin(), known.values.end(), from) - known.values.begin());
  const std::size_t at_most_here = here == 0 ? 0 : known.at_most[here - 1];
  auto last = own;
  const auto look = [&](std::size_t place) {
    const double value = known.values[place];
    const auto stretch = stretch_of(value);
    if (stretch == last || stretch == own) return;
    last = stretch;
    const std::size_t at_most = known.at_most[place];
    const std::size_t between =
        at_most > at_most_here ? at_most - at_most_here : at_most_here - at_most;
    found.push_back({value, static_cast<double>(between) / rows});
  };
  for (std::size_t place = here; place < known.values.size(); ++place) look(place);
  last = own;
  for (std::size_t place = here; place-- > 0;) look(place);
  std::sort(found.begin(), found.end(), [](const Candidate& a, const Candidate& b) {
    return a.distance != b.distance ? a.distance < b.distance : a.value < b.value;
  });
  return found;
}

// The search for one row. Bounds are sums in the order of the trees of terms none of which is
// larger: rounding keeps that order, so what they leave out is never below the line.
class Counterfactuals::Search {
 public:
  Search(const Counterfactuals& all, std::size_t row, double below,
         const CounterfactualLimits& limits)
      : all_(all), below_(below), most_walks_(limits.most_walks) {
    for (const auto& column : all.input_.columns) values_.push_back(without_tiny(column[row]));
    is_free_.resize(values_.size());
    asking_.resize(all.forest_.trees.size());
    for (std::size_t f = 0; f < values_.size(); ++f) {
      if (all.features_[f].trees.empty()) continue;
      auto candidates = all.candidates(f, values_[f]);
      if (!candidates.empty()) movable_.push_back({f, std::move(candidates)});
    }
    for (const Tree& tree : all.forest_.trees) leaves_.push_back(lowest(tree));
    walks_ = 0;
  }

  CounterfactualFinding run(std::size_t most_features) {
    CounterfactualFinding finding;
    for (std::size_t size = 1; size <= most_features && !best_; ++size) {
      choose(0, size);
      if (walks_ >= most_walks_) break;
    }
    finding.is_complete = walks_ < most_walks_;
    finding.found = std::move(best_);
    return finding;
  }

 private:
  struct Movable {
    std::size_t feature;
    std::vector<Candidate> candidates;
  };

  // The least leaf that a row can reach in the tree, whatever its free features are; of equal ones
  // the first. Trees may be as deep as they have leaves, so nodes wait in memory of our own.
  double lowest(const Tree& tree) {
    ++walks_;
    if (tree.nodes.empty()) return tree.leaves.front().value;
    double least = std::numeric_limits<double>::infinity();
    waiting_.assign(1, 0);
    while (!waiting_.empty()) {
      std::int32_t at = waiting_.back();
      waiting_.pop_back();
      while (at >= 0) {
        const Node& node = tree.nodes[static_cast<std::size_t>(at)];
        const auto feature = static_cast<std::size_t>(node.feature);
        const bool is_free = is_free_[feature];
        if (is_free) waiting_.push_back(node.right);
        at = is_free || goes_left(tree, node, values_[feature]) ? node.left : node.right;
      }
      least = std::min(least, tree.leaves[static_cast<std::size_t>(-1 - at)].value);
    }
    return least;
  }

  // The least raw score with the features of the chosen set as they are now.
  double least_score() {
    double sum = 0;
    for (std::size_t t = 0; t < leaves_.size(); ++t) {
      sum += asking_[t] > 0 ? lowest(all_.forest_.trees[t]) : leaves_[t];
    }
    return sum;
  }

  // All sets of `size` features more, from that place on.
  void choose(std::size_t from, std::size_t size) {
    if (size == 0) {
      if (may_be_nearer() && least_score() < below_) move(0, 0);
      return;
    }
    for (std::size_t i = from; i + size <= movable_.size() && walks_ < most_walks_; ++i) {
      const std::size_t feature = movable_[i].feature;
      chosen_.push_back(&movable_[i]);
      is_free_[feature] = true;
      for (const std::size_t tree : all_.features_[feature].trees) ++asking_[tree];
      choose(i + 1, size - 1);
      for (const std::size_t tree : all_.features_[feature].trees) --asking_[tree];
      is_free_[feature] = false;
      chosen_.pop_back();
    }
  }

  bool may_be_nearer() const {
    if (!best_) return true;
    double least = 0;
    for (const Movable* one : chosen_) least += one->candidates.front().distance;
    return least < best_->distance;
  }

  // The features of the chosen set from that one on take their values, nearest first.
  void move(std::size_t place, double distance) {
    const Movable& one = *chosen_[place];
    const bool is_last = place + 1 == chosen_.size();
    const double before = values_[one.feature];
    is_free_[one.feature] = false;
    for (const Candidate& candidate : one.candidates) {
      if (walks_ >= most_walks_) break;
      if (best_ && distance + candidate.distance >= best_->distance) break;
      values_[one.feature] = candidate.value;
      moved_.push_back({one.feature, before, candidate.value, candidate.distance});
      const double score = least_score();
      if (score < below_) {
        if (is_last) {
          best_ = Counterfactual{moved_, distance + candidate.distance, score};
        } else {
          move(place + 1, distance + candidate.distance);
        }
      }
      moved_.pop_back();
      if (is_last && score < below_) break;
    }
    values_[one.feature] = before;
    is_free_[one.feature] = true;
  }

  const Counterfactuals& all_;
  const double below_;
  const std::uint64_t most_walks_;
  std::uint64_t walks_ = 0;
  std::vector<double> values_;  // of the row, as they are changed
  std::vector<bool> is_free_;   // features that may be anything at the moment
  std::vector<Movable> movable_;
  std::vector<double> leaves_;           // of the row as it is
  std::vector<std::size_t> asking_;      // by tree: how many of the chosen features it asks for
  std::vector<std::int32_t> waiting_{};  // nodes and leaves that lowest() has still to look at
  std::vector<const Movable*> chosen_{};
  std::vector<Change> moved_{};
  std::optional<Counterfactual> best_{};
};

CounterfactualFinding Counterfactuals::find(std::size_t row, double below,
                                            const CounterfactualLimits& limits) const {
  return Search(*this, row, below, limits).run(limits.most_features);
}

}  // namespace aml::forest
