#include "validator/self_check.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "base/date.h"
#include "base/hash.h"
#include "base/threads.h"
#include "validation/appraisal.h"
#include "validation/rank_covariance.h"
#include "validator/other_day.h"
#include "validator/public_knowledge.h"

namespace aml::validator {

namespace {

constexpr const char* kOwnHotkey = "own";

std::uint64_t seed_of(const Day& day) {
  constexpr std::size_t kDigits = 15;
  return hash_number("aml-miner check\n" + day.processing_date + "\n" + day.snapshot_sha256,
                     kDigits);
}

// Appraises the days one after the other, by what anyone knew on each.
class Appraiser {
 public:
  Appraiser(std::span<const OwnDay* const> days, const SelfCheckOptions& options)
      : days_(days), options_(options) {
    for (const OwnDay* day : days) {
      truths_.push_back({day->day.facts.address, day->labels});
      dates_.push_back(Date::require(day->day.processing_date, "a day"));
    }
    if (days.empty()) return;
    roles_ = roles_of(days.front()->references);
  }

  EarnedDay appraise(std::size_t d);
  validation::Trust after_all() const {
    return validation::trusted(identity_, known_evidence(evidence_.size()), options_.hotkeys)
        .front();
  }

 private:
  // Days before `d` whose truth was known then.
  bool is_known(std::size_t earlier, std::size_t d) const {
    return !(dates_[d] < dates_[earlier].plus_days(options_.truth_lag_days));
  }
  std::vector<const validation::DayEvidence*> known_evidence(std::size_t d) const {
    std::vector<const validation::DayEvidence*> known;
    for (std::size_t e = 0; e < std::min(d, evidence_.size()); ++e) {
      if (d >= dates_.size() || is_known(e, d)) known.push_back(&evidence_[e]);
    }
    return known;
  }
  validation::PublicColumns columns_of(std::size_t d, std::size_t labels) const {
    std::vector<const KnownTruth*> known;
    for (std::size_t e = 0; e < d; ++e) {
      if (is_known(e, d)) known.push_back(&truths_[e]);
    }
    const Day& day = days_[d]->day;
    return public_columns_of(day, days_[d]->references, roles_,
                             history_of(day.facts.address, known), labels);
  }
  validation::AppraisedDay appraised(std::size_t d);

  std::span<const OwnDay* const> days_;
  const SelfCheckOptions& options_;
  const std::vector<std::string> identity_{kOwnHotkey};
  std::vector<KnownTruth> truths_;
  std::vector<Date> dates_;
  std::vector<std::string> roles_;
  std::vector<validation::DayEvidence> evidence_;  // of the days appraised
};

validation::AppraisedDay Appraiser::appraised(std::size_t d) {
  const std::size_t labels = days_[d]->day.labels.size();
  std::vector<validation::PublicColumns> columns;
  std::vector<std::size_t> taught_by;
  for (std::size_t e = d; e-- > 0 && taught_by.size() < options_.taught_days;) {
    if (is_known(e, d)) taught_by.push_back(e);
  }
  columns.reserve(taught_by.size());
  std::vector<validation::TaughtDay> taught;
  for (const std::size_t e : taught_by) {
    columns.push_back(columns_of(e, labels));
    taught.push_back({&columns.back(), days_[e]->labels});
  }
  const Day& day = days_[d]->day;
  return validation::appraised_day(columns_of(d, labels), taught, day.baseline, day.facts.address,
                                   seed_of(day));
}

EarnedDay Appraiser::appraise(std::size_t d) {
  throw_if_stop_requested();
  const validation::AppraisedDay day = appraised(d);
  const std::vector<validation::DayAnswer> answers{
      {identity_.front(), days_[d]->submission.scores}};
  const auto own = validation::own_information_of(day, answers, options_.threads);
  validation::Appraisal appraisal = validation::appraise(
      day, answers, own, days_[d]->labels, known_evidence(d), options_.hotkeys, options_.threads);
  EarnedDay earned{days_[d]->day.processing_date,
                   validation::contribution_at(appraisal, 0, options_.hotkeys)};
  const std::vector<std::span<const double>> scores{answers.front().scores};
  earned.contribution.covariance =
      validation::rank_covariances(day.log_odds, scores, days_[d]->labels, options_.threads)
          .front();
  evidence_.push_back(std::move(appraisal.evidence));
  return earned;
}

}  // namespace

validation::Verdict judge_own(const OwnDay& own, const OwnDay* earlier,
                              const SelfCheckOptions& options) {
  validation::Entrant entrant;
  entrant.hotkey = kOwnHotkey;
  entrant.submission = own.submission;
  if (earlier != nullptr) {
    entrant.other_day =
        scores_then(moved_addresses(own.day, earlier->day), earlier->submission.scores);
  }
  const auto columns = own.day.columns();
  const validation::DayFacts facts{.processing_date = own.day.processing_date,
                                   .alerts = own.day.alerts.get(),
                                   .facts = &own.day.facts,
                                   .baseline = own.day.baseline,
                                   .references = own.references,
                                   .features = columns,
                                   .labels = own.labels,
                                   .planted = {},
                                   .secret = options.secret,
                                   .round = own.day.processing_date};
  return validation::judge_round(facts, std::span(&entrant, 1), options.threads).front();
}

Earnings earnings_of(std::span<const OwnDay* const> days, const SelfCheckOptions& options) {
  Earnings earnings;
  earnings.needed_sigmas = validation::needed_sigmas(options.hotkeys);
  if (days.empty()) return earnings;
  Appraiser appraiser(days, options);
  for (std::size_t d = 0; d < days.size(); ++d) earnings.days.push_back(appraiser.appraise(d));
  earnings.after = appraiser.after_all();
  return earnings;
}

}  // namespace aml::validator
