#include "validation/contribution.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>

#include "base/threads.h"
#include "metrics/ranking.h"
#include "validation/evidence.h"
#include "validation/ground_truth.h"

namespace aml::validation {

namespace {

constexpr double kAucRocPoints = 0.3;  // of ground_truth_score
constexpr double kAucPrPoints = 0.2;

// The labelled alerts of a day on the line from q to the blend.
struct Line {
  std::vector<std::size_t> alert;
  std::vector<int> labels;
  std::vector<double> from;
  std::vector<double> to;
  std::vector<std::size_t> filed;  // places in the above
  std::vector<std::size_t> others;

  double at(std::size_t i, double t) const { return from[i] + t * (to[i] - from[i]); }
};

Line line_of(std::span<const double> log_odds, std::span<const double> moved,
             std::span<const int> labels) {
  Line line;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    if (labels[i] < 0) continue;
    (labels[i] > 0 ? line.filed : line.others).push_back(line.alert.size());
    line.alert.push_back(i);
    line.labels.push_back(labels[i]);
    line.from.push_back(log_odds[i]);
    line.to.push_back(log_odds[i] + moved[i]);
  }
  return line;
}

double points_of(std::span<const double> scores, std::span<const int> labels) {
  const auto groups = metrics::tie_groups(scores, labels);
  return ground_truth_score(metrics::auc_roc(groups), metrics::auc_pr(groups));
}

// How many alerts lie above a score at some points of the line.
class Places {
 public:
  explicit Places(const Line& line) {
    for (std::size_t k = 0; k < kSteps; ++k) {
      const double t = (static_cast<double>(k) + 0.5) / static_cast<double>(kSteps);
      for (std::size_t i = 0; i < line.alert.size(); ++i) all_[k].push_back(line.at(i, t));
      for (const std::size_t i : line.filed) filed_[k].push_back(line.at(i, t));
      std::sort(all_[k].begin(), all_[k].end(), std::greater<>());
      std::sort(filed_[k].begin(), filed_[k].end(), std::greater<>());
    }
  }
  // What a filed alert adds to the AUC-PR by passing another one at that score.
  double gain_of_passing(double t, double score) const {
    const auto k = std::min(kSteps - 1, static_cast<std::size_t>(t * static_cast<double>(kSteps)));
    const double filed = above(filed_[k], score);
    const double all = std::max(above(all_[k], score), filed);
    // Of the two, the filed one is the (filed + 1)-th; it moves from place all + 2 to all + 1.
    return (filed + 1) / ((all + 1) * (all + 2)) / static_cast<double>(filed_[k].size());
  }

 private:
  static constexpr std::size_t kSteps = 8;
  static double above(const std::vector<double>& falling, double score) {
    const auto end = std::lower_bound(falling.begin(), falling.end(), score, std::greater<>());
    return static_cast<double>(end - falling.begin());
  }
  std::array<std::vector<double>, kSteps> all_;
  std::array<std::vector<double>, kSteps> filed_;
};

// How far of a whole change of places a distance is: 0 to 1, from -width to width.
double placed(double distance, double width) {
  return std::clamp(0.5 + distance / (2 * width), 0.0, 1.0);
}

// Pairs change places over a stretch of the line and not at a point: where a pair hardly moves, who
// moved it how far is the quotient of two small numbers, and a few such pairs would decide over
// all.
double width_of(const Line& line) {
  constexpr double kShare = 0.5;  // of the root mean square of how far the line moves an alert
  double squares = 0;
  for (std::size_t i = 0; i < line.from.size(); ++i) {
    squares += (line.to[i] - line.from[i]) * (line.to[i] - line.from[i]);
  }
  return kShare * std::sqrt(squares / static_cast<double>(line.from.size()));
}

// By alert, the points that it brings for each log-odds by which the line moves it.
std::vector<double> slopes_of(const Line& line, std::size_t alerts, int threads) {
  const Places places(line);
  const double width = width_of(line);
  const double pairs =
      static_cast<double>(line.filed.size()) * static_cast<double>(line.others.size());
  std::vector<double> of_filed(line.filed.size());
  constexpr std::size_t kBlock = 64;
  // Slopes of the other alerts by block of filed ones, added up in the blocks' order.
  const std::size_t blocks = (line.filed.size() + kBlock - 1) / kBlock;
  std::vector<std::vector<double>> of_others(blocks);
  parallel_blocks(line.filed.size(), kBlock, threads, [&](std::size_t begin, std::size_t end) {
    std::vector<double>& others = of_others[begin / kBlock];
    others.resize(line.others.size());
    for (std::size_t f = begin; f < end; ++f) {
      const std::size_t i = line.filed[f];
      for (std::size_t o = 0; o < line.others.size(); ++o) {
        const std::size_t j = line.others[o];
        const double before = line.from[i] - line.from[j];
        const double after = line.to[i] - line.to[j];
        const bool is_apart = std::min(before, after) >= width || std::max(before, after) <= -width;
        if (is_apart || before == after) continue;
        const double change = placed(after, width) - placed(before, width);
        // Where they are nearest.
        const double t = std::clamp(before / (before - after), 0.0, 1.0);
        const double worth =
            kAucRocPoints / pairs + kAucPrPoints * places.gain_of_passing(t, line.at(i, t));
        const double slope = change * worth / (after - before);
        of_filed[f] += slope;
        others[o] -= slope;
      }
    }
  });
  std::vector<double> slopes(alerts);
  for (std::size_t f = 0; f < line.filed.size(); ++f) {
    slopes[line.alert[line.filed[f]]] = of_filed[f];
  }
  for (const std::vector<double>& others : of_others) {
    for (std::size_t o = 0; o < others.size(); ++o) {
      slopes[line.alert[line.others[o]]] += others[o];
    }
  }
  return slopes;
}

void share_out(std::span<const double> slopes, std::span<const std::span<const double>> own,
               std::span<const double> blend, std::span<const std::uint64_t> codes, double whole,
               std::vector<Share>& shares) {
  double sum = 0;
  double sizes = 0;
  for (std::size_t i = 0; i < own.size(); ++i) {
    if (blend[i] == 0) continue;
    std::vector<double> clusters(kClusters);
    for (std::size_t alert = 0; alert < slopes.size(); ++alert) {
      clusters[cluster_of(codes[alert])] += blend[i] * own[i][alert] * slopes[alert];
    }
    double squares = 0;
    for (const double cluster : clusters) {
      shares[i].points += cluster;
      squares += cluster * cluster;
    }
    shares[i].error = std::sqrt(squares);
    sum += shares[i].points;
    sizes += std::abs(shares[i].points);
  }
  for (Share& share : shares) {
    if (sizes > 0) share.points += (whole - sum) * std::abs(share.points) / sizes;
  }
}

}  // namespace

DayContribution contribution_of(std::span<const double> log_odds,
                                std::span<const std::span<const double>> own,
                                std::span<const double> blend, std::span<const double> alone,
                                std::span<const int> labels, std::span<const std::uint64_t> codes,
                                int threads) {
  DayContribution day;
  day.shares.resize(own.size());
  const auto moved_by = [&](std::size_t i, double b, std::vector<double>& moved) {
    for (std::size_t alert = 0; alert < moved.size(); ++alert) moved[alert] += b * own[i][alert];
  };
  std::vector<double> moved(log_odds.size());
  const Line still = line_of(log_odds, moved, labels);
  day.reference_points = points_of(still.from, still.labels);
  day.blended_points = day.reference_points;
  if (std::all_of(blend.begin(), blend.end(), [](double b) { return b == 0; })) return day;

  for (std::size_t i = 0; i < own.size(); ++i) moved_by(i, blend[i], moved);
  const Line line = line_of(log_odds, moved, labels);
  day.blended_points = points_of(line.to, line.labels);
  share_out(slopes_of(line, log_odds.size(), threads), own, blend, codes,
            day.blended_points - day.reference_points, day.shares);
  parallel_blocks(own.size(), 1, threads, [&](std::size_t i, std::size_t) {
    if (alone[i] == 0) return;
    std::vector<double> by_one(log_odds.size());
    moved_by(i, alone[i], by_one);
    const Line own_line = line_of(log_odds, by_one, labels);
    day.shares[i].alone = points_of(own_line.to, own_line.labels) - day.reference_points;
  });
  return day;
}

double smoothed_contribution(std::span<const double> points) {
  double smoothed = 0;
  for (const double point : points) smoothed += kNewestTruthShare * (point - smoothed);
  return smoothed;
}

std::vector<double> contribution_weights(std::span<const double> smoothed) {
  std::vector<double> weights;
  double sum = 0;
  for (const double contribution : smoothed) {
    weights.push_back(std::max(0.0, contribution));
    sum += weights.back();
  }
  for (double& weight : weights) weight = sum > 0 ? weight / sum : 0;
  return weights;
}

}  // namespace aml::validation
