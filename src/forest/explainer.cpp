#include "forest/explainer.h"

#include <algorithm>
#include <memory>
#include <new>

namespace aml::forest {

namespace {

constexpr std::align_val_t kVectorBytes{kMostLanes * sizeof(double)};

// Room for vectors of doubles.
class Buffer {
 public:
  explicit Buffer(std::size_t doubles)
      : data_(static_cast<double*>(::operator new(doubles * sizeof(double), kVectorBytes))) {}
  ~Buffer() { ::operator delete(data_, kVectorBytes); }
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;
  double* data() const { return data_; }

 private:
  double* data_;
};

// As LightGBM's Tree::ExpectedValue adds it up.
double expected_value(const Tree& tree) {
  if (tree.nodes.empty()) return tree.leaves[0].value;
  double expected = 0;
  for (const Leaf& leaf : tree.leaves) {
    expected += leaf.cover / tree.nodes[0].cover * leaf.value;
  }
  return expected;
}

// Which rows meet what each edge's path sets on its feature.
void find_meets(const ExplainPlan& plan, std::span<const RowBits> left, std::span<RowBits> meets) {
  for (std::size_t i = 0; i < plan.nodes.size(); ++i) {
    const std::uint32_t above = plan.same_above[i];
    const RowBits reach = above == ExplainPlan::kNone ? ~RowBits{0} : meets[above];
    const RowBits goes_left = left[plan.splits[i]];
    meets[2 * i] = reach & goes_left;
    meets[2 * i + 1] = reach & ~goes_left;
  }
}

}  // namespace

Explainer::Explainer(const Forest& forest, const SplitTable& splits, std::size_t most_kept)
    : features_(forest.feature_names.size()) {
  std::vector<bool> is_used(features_);
  for (const Tree& tree : forest.trees) {
    base_value_ += expected_value(tree);
    for (const Node& node : tree.nodes) is_used[static_cast<std::size_t>(node.feature)] = true;
  }
  std::vector<std::uint32_t> rows_of(features_);
  for (std::size_t feature = 0; feature < features_; ++feature) {
    rows_of[feature] = static_cast<std::uint32_t>(used_.size());
    if (is_used[feature]) used_.push_back(feature);
  }
  std::size_t count = 0;
  for (std::size_t tree = 0; tree < forest.trees.size(); ++tree) {
    if (forest.trees[tree].nodes.empty()) continue;
    trees_.push_back(make_explain_plan(forest.trees[tree], splits.of(tree), rows_of));
    const ExplainPlan& plan = trees_.back();
    most_nodes_ = std::max(most_nodes_, plan.nodes.size());
    for (const ExplainPass& pass : plan.passes) {
      count += plan.down_factors(pass) + plan.up_factors(pass);
    }
  }
  keeps_factors_ = count * sizeof(double) <= most_kept;
  if (!keeps_factors_) return;
  factors_.resize(count);
  std::span<double> rest = factors_;
  for (const ExplainPlan& plan : trees_) {
    for (const ExplainPass& pass : plan.passes) {
      const std::size_t down = plan.down_factors(pass);
      const std::size_t up = plan.up_factors(pass);
      plan.write_factors(pass, rest.first(down), rest.subspan(down, up));
      rest = rest.subspan(down + up);
    }
  }
}

void Explainer::explain(std::span<const RowBits> left, std::size_t rows, InstructionSet set,
                        std::span<double> contributions) const {
  const Buffer sums(used_.size() * kTileRows);
  std::fill_n(sums.data(), used_.size() * kTileRows, 0.0);
  const Buffer products(most_nodes_ * kMostPoints * kMostLanes);
  std::vector<RowBits> meets(2 * most_nodes_);
  std::vector<double> scratch;
  const double* kept = factors_.data();
  for (const ExplainPlan& plan : trees_) {
    find_meets(plan, left, meets);
    for (const ExplainPass& pass : plan.passes) {
      const std::size_t down = plan.down_factors(pass);
      const std::size_t up = plan.up_factors(pass);
      const double* factors = kept;
      if (keeps_factors_) {
        kept += down + up;
      } else {
        scratch.resize(down + up);
        plan.write_factors(pass, std::span(scratch).first(down), std::span(scratch).subspan(down));
        factors = scratch.data();
      }
      explain_kernel(set, pass.count)({.nodes = plan.nodes,
                                       .meets = meets.data(),
                                       .down = factors,
                                       .up = factors + down,
                                       .products = products.data(),
                                       .contributions = sums.data()});
    }
  }
  const std::size_t width = features_ + 1;
  for (std::size_t row = 0; row < rows; ++row) {
    double* out = contributions.data() + row * width;
    std::fill_n(out, features_, 0.0);
    out[features_] = base_value_;
    for (std::size_t i = 0; i < used_.size(); ++i) out[used_[i]] = sums.data()[i * kTileRows + row];
  }
}

}  // namespace aml::forest
