#include "forest/explain_plan.h"

#include <algorithm>

namespace aml::forest {

namespace {

constexpr std::uint32_t kLeaf = ExplainNode::kLeaf;

bool has_leaf(const ExplainNode& node) { return node.left == kLeaf || node.right == kLeaf; }

// How many of a node's children are nodes.
std::size_t inner_children(const ExplainNode& node) {
  return (node.left != kLeaf ? 1U : 0U) + (node.right != kLeaf ? 1U : 0U);
}

// The nearest edge on the path down to `node` that has the same feature.
std::uint32_t find_same_above(std::span<const ExplainNode> nodes, std::uint32_t node) {
  for (std::uint32_t at = node; at != 0;) {
    const std::uint32_t edge = nodes[at].edge;
    at = edge / 2;
    if (nodes[at].feature == nodes[node].feature) return edge;
  }
  return ExplainPlan::kNone;
}

// Lays the nodes out in preorder; returns per node its number in the tree.
std::vector<std::size_t> lay_out(const Tree& tree, std::span<const std::uint32_t> rows_of,
                                 std::vector<ExplainNode>& nodes) {
  struct Open {
    std::size_t node;
    std::uint32_t edge;
  };
  std::vector<std::size_t> numbers;
  std::vector<Open> open(1);  // the root
  while (!open.empty()) {
    const Open next = open.back();
    open.pop_back();
    const auto at = static_cast<std::uint32_t>(nodes.size());
    if (at != 0) {
      ExplainNode& parent = nodes[next.edge / 2];
      (next.edge % 2 == 1 ? parent.right : parent.left) = at;
    }
    const Node& node = tree.nodes[next.node];
    numbers.push_back(next.node);
    nodes.push_back(
        {.edge = next.edge, .feature = rows_of[static_cast<std::size_t>(node.feature)]});
    if (!is_leaf(node.right)) open.push_back({index_of(node.right), 2 * at + 1});
    if (!is_leaf(node.left)) open.push_back({index_of(node.left), 2 * at});
  }
  return numbers;
}

ExplainPlan::Edge make_edge(const Tree& tree, const Node& node, std::int32_t child,
                            double share_above) {
  const double ratio = cover_of(tree, child) / node.cover;
  return {ratio, ratio * share_above, is_leaf(child) ? tree.leaves[index_of(child)].value : 0};
}

// The most different features on a path from the root to a leaf.
std::size_t most_features(std::span<const ExplainNode> nodes) {
  std::vector<std::size_t> features(nodes.size());
  std::size_t most = 0;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    features[i] = (i == 0 ? 0 : features[nodes[i].edge / 2]) + (nodes[i].repeated ? 0 : 1);
    most = std::max(most, features[i]);
  }
  return most;
}

// One point of the quadrature.
struct Point {
  double t;
  double weight;

  // The factor of a feature whose conditions are met, and of one where they are not.
  double met(double share) const { return t + (1 - t) * share; }
  double unmet(double share) const { return (1 - t) * share; }
  // weight·(o − z) divided by that factor: what a product over all features of a path contributes
  // to this one.
  double effect_met(double share) const { return weight * (1 - share) / met(share); }
  double effect_unmet() const { return -weight / (1 - t); }
};

// What an edge multiplies the product by, and what that product then contributes to the edge's
// feature, for the three states of a row: it meets the edge's condition; it does not; it did not
// even meet those above on the same feature. A repeated feature's factor replaces the one above.
struct EdgeFactors {
  double hit, miss, out;
  double hit_effect, miss_effect;  // none for `out`: what the edge above contributed stays

  EdgeFactors(const ExplainPlan::Edge& edge, const ExplainPlan::Edge* above, const Point& point)
      : hit(point.met(edge.share)),
        miss(point.unmet(edge.share)),
        out(edge.ratio),
        hit_effect(point.effect_met(edge.share)),
        miss_effect(point.effect_unmet()) {
    if (above == nullptr) return;
    hit /= point.met(above->share);
    miss /= point.met(above->share);
    hit_effect -= point.effect_met(above->share);
    miss_effect -= point.effect_met(above->share);
  }
};

}  // namespace

std::size_t ExplainPlan::down_factors(const ExplainPass& pass) const {
  std::size_t factors = 0;
  for (std::size_t i = 1; i < nodes.size(); ++i) factors += nodes[i].parent_repeated ? 3 : 2;
  return factors * static_cast<std::size_t>(pass.count);
}

std::size_t ExplainPlan::up_factors(const ExplainPass& pass) const {
  std::size_t factors = 0;
  for (const ExplainNode& node : nodes) {
    factors += 2 * inner_children(node);
    if (has_leaf(node)) factors += node.repeated ? 5 : 4;
  }
  return factors * static_cast<std::size_t>(pass.count);
}

void ExplainPlan::write_factors(const ExplainPass& pass, std::span<double> down,
                                std::span<double> up) const {
  const auto count = static_cast<std::size_t>(pass.count);
  const auto factors_of = [&](std::size_t edge, const Point& point) {
    const std::uint32_t above = same_above[edge / 2];
    return EdgeFactors(edges[edge], above == kNone ? nullptr : &edges[above], point);
  };
  for (std::size_t q = 0; q < count; ++q) {
    const Point point{quadrature.points[pass.first + q], quadrature.weights[pass.first + q]};
    std::size_t at = q;
    const auto write = [&](std::span<double> to, double factor) {
      to[at] = factor;
      at += count;
    };
    for (std::size_t i = 1; i < nodes.size(); ++i) {
      const EdgeFactors edge = factors_of(nodes[i].edge, point);
      write(down, edge.hit);
      write(down, edge.miss);
      if (nodes[i].parent_repeated) write(down, edge.out);
    }
    at = q;
    for (std::size_t i = nodes.size(); i-- > 0;) {
      const ExplainNode& node = nodes[i];
      const EdgeFactors left = factors_of(2 * i, point);
      const EdgeFactors right = factors_of(2 * i + 1, point);
      const double left_value = edges[2 * i].value;
      const double right_value = edges[2 * i + 1].value;
      if (has_leaf(node)) {
        write(up, left_value * left.hit + right_value * right.miss);
        write(up, left_value * left.miss + right_value * right.hit);
        write(up, left_value * left.hit * left.hit_effect +
                      right_value * right.miss * right.miss_effect);
        write(up, left_value * left.miss * left.miss_effect +
                      right_value * right.hit * right.hit_effect);
        if (node.repeated) write(up, left_value * left.out + right_value * right.out);
      }
      if (node.left != kLeaf) {
        write(up, left.hit_effect);
        write(up, left.miss_effect);
      }
      if (node.right != kLeaf) {
        write(up, right.hit_effect);
        write(up, right.miss_effect);
      }
    }
  }
}

ExplainPlan make_explain_plan(const Tree& tree, std::span<const std::uint32_t> splits,
                              std::span<const std::uint32_t> rows_of) {
  ExplainPlan plan;
  const std::vector<std::size_t> numbers = lay_out(tree, rows_of, plan.nodes);
  for (std::uint32_t i = 0; i < plan.nodes.size(); ++i) {
    const Node& node = tree.nodes[numbers[i]];
    const std::uint32_t above = find_same_above(plan.nodes, i);
    const double share_above = above == ExplainPlan::kNone ? 1 : plan.edges[above].share;
    plan.nodes[i].repeated = above != ExplainPlan::kNone;
    plan.nodes[i].parent_repeated = i != 0 && plan.nodes[plan.nodes[i].edge / 2].repeated;
    plan.same_above.push_back(above);
    plan.splits.push_back(splits[numbers[i]]);
    plan.edges.push_back(make_edge(tree, node, node.left, share_above));
    plan.edges.push_back(make_edge(tree, node, node.right, share_above));
  }
  const auto points = static_cast<int>((most_features(plan.nodes) + 1) / 2);
  plan.quadrature = gauss_legendre(points);
  const int passes = (points + kMostPoints - 1) / kMostPoints;
  for (int pass = 0; pass < passes; ++pass) {
    const int first = points * pass / passes;
    plan.passes.push_back({static_cast<std::size_t>(first), points * (pass + 1) / passes - first});
  }
  return plan;
}

}  // namespace aml::forest
