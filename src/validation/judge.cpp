#include "validation/judge.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/threads.h"
#include "validation/behavior.h"
#include "validation/copying.h"
#include "validation/integrity.h"
#include "validation/neighbors.h"
#include "validation/sampled.h"
#include "validation/secret.h"

namespace aml::validation {

namespace {

void append(std::vector<Check>& checks, std::vector<Check> more) {
  checks.insert(checks.end(), more.begin(), more.end());
}

// Costs no points, but what the day is worth for quality.
Check check_informed(const GroundTruthCheck& truth) {
  const double sigmas = sigmas_above_chance(truth);
  Check check{"informed", sigmas >= kInformedSigmas, sigmas, 0, ""};
  if (!check.passed) {
    check.reason = fmt::format(
        "orders the alerts no better than chance (AUC-ROC {:.3f}): the day is worth nothing",
        truth.auc_roc);
  }
  return check;
}

// What a day's scores earn by themselves: spread, traps, truth.
void judge_scores(const DayFacts& day, std::span<const double> scores,
                  std::span<const double> other_day, const std::string& hotkey, Verdict& verdict) {
  SecretDraw draw(day.secret, "traps\n" + day.round + "\n" + hotkey);
  const std::vector<std::size_t> sample = draw.sample(scores.size(), kTrapSample);
  std::vector<Check> checks = check_spread(scores);
  append(checks, check_traps({scores, day.facts, sample, other_day, day.planted}));
  verdict.behavior = behavior_points(checks);
  append(verdict.checks, checks);
  if (day.labels.empty()) return;
  std::vector<double> labelled;
  std::vector<int> labels;
  for (std::size_t i = 0; i < day.labels.size(); ++i) {
    if (day.labels[i] < 0) continue;
    labelled.push_back(scores[i]);
    labels.push_back(day.labels[i]);
  }
  verdict.ground_truth = check_ground_truth(labelled, labels);
  if (verdict.ground_truth) verdict.checks.push_back(check_informed(*verdict.ground_truth));
}

// Of a submission by which some figure is no number. It is the miner's, so the day counts.
Verdict unmeasured() {
  Verdict verdict;
  verdict.checks.push_back(
      {"measured", false, 0, -kIntegrityPoints, "a figure of this verdict is no finite number"});
  return verdict;
}

Verdict judge_alone(const DayFacts& day, const Entrant& entrant) {
  Verdict verdict;
  if (!entrant.damage.empty()) return set_aside(entrant.damage);
  if (!entrant.submission) {
    verdict.checks.push_back({"answered", false, 0, -kIntegrityPoints, entrant.failure});
    return verdict;
  }
  verdict.checks = check_integrity(*entrant.submission, day.processing_date);
  if (entrant.determinism) verdict.checks.push_back(*entrant.determinism);
  verdict.integrity = integrity_points(verdict.checks);
  if (verdict.integrity > 0) {
    judge_scores(day, entrant.submission->scores, entrant.other_day, entrant.hotkey, verdict);
  }
  return verdict;
}

// What a model that anyone has would have earned: 0 for the baseline, r + 1 for a reference.
class PublicModels {
 public:
  explicit PublicModels(const DayFacts& day) : day_(day), earned_(day.references.size() + 1) {}

  std::string name(std::size_t model) const {
    return model == 0 ? kStockModels : day_.references[model - 1].name;
  }
  double earned(std::size_t model) {
    std::optional<double>& earned = earned_[model];
    if (!earned) {
      Verdict verdict;
      verdict.integrity = kIntegrityPoints;
      const std::span<const double> scores =
          model == 0 ? day_.baseline : std::span<const double>(day_.references[model - 1].scores);
      judge_scores(day_, scores, {}, "baseline", verdict);
      add_up(verdict);
      earned = verdict.final_score;
    }
    return *earned;
  }

 private:
  const DayFacts& day_;
  std::vector<std::optional<double>> earned_;
};

Check check_baseline(const CopyCheck::Likeness& likeness, bool is_baseline, PublicModels& models,
                     Verdict& verdict) {
  Check check{"baseline", !is_baseline, likeness.correlation, 0, ""};
  if (!is_baseline) return check;
  verdict.is_baseline = true;
  verdict.public_model = models.name(likeness.model);
  verdict.cap = models.earned(likeness.model);
  check.reason = fmt::format("correlates {:.4f} with a model that anyone has ({}): earns no more",
                             check.figure, verdict.public_model);
  return check;
}

Check describe_copy(const CopyFinding& finding, const std::string& original) {
  Check check{"copied", false, finding.likeness, -kBehaviorPoints, ""};
  const bool is_function = finding.rule == "blended" || finding.rule == "grainy";
  check.reason = fmt::format(
      "{} {} the submission of {}: what is its own correlates {:.4f} with theirs ({} view; {:.4f} "
      "given the crowd)",
      finding.rule, is_function ? "with" : "to", original, finding.likeness,
      view_name(finding.view), finding.likeness_given_crowd);
  if (is_function) {
    check.reason += fmt::format(
        ", {:.4f} of it is a function of theirs, and the rest has grain {:.3f} where "
        "theirs has {:.3f}",
        finding.explained, finding.grain, finding.original_grain);
  }
  return check;
}

void judge_pairs(const DayFacts& day, std::span<const Entrant> entrants, int threads,
                 std::vector<Verdict>& verdicts) {
  SecretDraw draw(day.secret, "pairs\n" + day.round);
  const std::vector<std::size_t> sample = draw.sample(day.alerts->size(), kPairSample);
  CopyCheck check(values_at(day.baseline, sample),
                  nearest_neighbors(day.features, sample, kNeighborQueries, draw.next(), threads),
                  threads);
  for (const Reference& reference : day.references) {
    check.add_reference(values_at(reference.scores, sample));
  }
  std::vector<std::size_t> compared;
  std::vector<std::vector<double>> scores;
  // Who committed was first, whoever answered first.
  for (const bool committed : {true, false}) {
    for (std::size_t i = 0; i < entrants.size(); ++i) {
      if (verdicts[i].integrity == 0 || entrants[i].is_committed != committed) continue;
      compared.push_back(i);
      scores.push_back(values_at(entrants[i].submission->scores, sample));
    }
  }
  check.add_all(scores);
  std::vector<int> labels;
  if (!day.labels.empty()) {
    for (const std::size_t alert : sample) labels.push_back(day.labels[alert]);
  }
  const auto findings = check.find(labels);
  PublicModels models(day);
  for (std::size_t i = 0; i < compared.size(); ++i) {
    Verdict& verdict = verdicts[compared[i]];
    verdict.checks.push_back(
        check_baseline(check.baseline_likeness(i), check.is_baseline(i), models, verdict));
    if (findings[i]) {
      const std::string& original = entrants[compared[findings[i]->original]].hotkey;
      Check copied = describe_copy(*findings[i], original);
      if (entrants[compared[i]].is_committed) {
        copied.effect = 0;
      } else {
        verdict.copy_of = original;
        verdict.behavior = 0;
      }
      verdict.checks.push_back(std::move(copied));
    } else {
      verdict.checks.push_back({"copied", true, 0, 0, ""});
    }
  }
}

}  // namespace

std::vector<Verdict> judge_round(const DayFacts& day, std::span<const Entrant> entrants,
                                 int threads) {
  std::vector<Verdict> verdicts(entrants.size());
  parallel_blocks(entrants.size(), 1, threads,
                  [&](std::size_t i, std::size_t) { verdicts[i] = judge_alone(day, entrants[i]); });
  judge_pairs(day, entrants, threads, verdicts);
  for (Verdict& verdict : verdicts) {
    add_up(verdict);
    if (!is_finite(verdict)) verdict = unmeasured();
  }
  return verdicts;
}

}  // namespace aml::validation
