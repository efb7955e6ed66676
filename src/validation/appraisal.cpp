#include "validation/appraisal.h"

#include <algorithm>
#include <utility>

#include "base/threads.h"

namespace aml::validation {

namespace {

std::vector<std::string> identities_of(std::span<const DayAnswer> answers) {
  std::vector<std::string> identities;
  for (const DayAnswer& answer : answers) identities.push_back(answer.identity);
  return identities;
}

}  // namespace

AppraisedDay appraised_day(PublicColumns columns, std::span<const TaughtDay> taught,
                           std::span<const double> stock_scores,
                           std::span<const std::string> addresses, std::uint64_t seed) {
  const ReferenceStack stack(taught, seed);
  std::vector<double> log_odds =
      stack.is_taught() ? stack.log_odds(columns) : untaught_log_odds(stock_scores);
  add_public(columns, log_odds);
  return {.columns = std::move(columns),
          .log_odds = std::move(log_odds),
          .codes = address_codes(addresses),
          .seed = seed};
}

std::vector<OwnInformation> own_information_of(const AppraisedDay& day,
                                               std::span<const DayAnswer> answers, int threads) {
  const OwnInformationOf of(day.columns, day.codes, day.seed);
  std::vector<OwnInformation> own(answers.size());
  parallel_blocks(answers.size(), 1, threads, [&](std::size_t i, std::size_t) {
    throw_if_stop_requested();
    own[i] = of(answers[i].scores);
  });
  return own;
}

std::vector<double> ensemble_log_odds(const AppraisedDay& day, std::span<const OwnInformation> own,
                                      std::span<const Trust> trust) {
  std::vector<double> odds = day.log_odds;
  for (std::size_t i = 0; i < own.size(); ++i) {
    if (trust[i].blend == 0) continue;
    for (std::size_t alert = 0; alert < odds.size(); ++alert) {
      odds[alert] += trust[i].blend * own[i].values[alert];
    }
  }
  return odds;
}

bool can_appraise(std::span<const int> labels) {
  const auto filed = std::count(labels.begin(), labels.end(), 1);
  const auto others = std::count(labels.begin(), labels.end(), 0);
  return filed > 0 && others > 0 && filed + others >= kFewestLabels;
}

Appraisal appraise(const AppraisedDay& day, std::span<const DayAnswer> answers,
                   std::span<const OwnInformation> own, std::span<const int> labels,
                   std::span<const DayEvidence* const> earlier, std::size_t hotkeys, int threads) {
  const std::vector<std::string> identities = identities_of(answers);
  std::vector<std::span<const double>> values;
  Appraisal appraisal;
  for (const OwnInformation& one : own) {
    values.emplace_back(one.values);
    appraisal.explained.push_back(one.explained);
  }
  appraisal.trust = trusted(identities, earlier, hotkeys);
  std::vector<double> blend;
  std::vector<double> alone;
  for (const Trust& trust : appraisal.trust) {
    blend.push_back(trust.blend);
    alone.push_back(trust.alone);
  }
  appraisal.evidence = evidence_of(identities, values, day.log_odds, labels, day.codes, threads);
  appraisal.contribution =
      contribution_of(day.log_odds, values, blend, alone, labels, day.codes, threads);
  return appraisal;
}

Contribution contribution_at(const Appraisal& appraisal, std::size_t i, std::size_t hotkeys) {
  const Share& share = appraisal.contribution.shares[i];
  const Trust& trust = appraisal.trust[i];
  Contribution contribution;
  contribution.points = share.points;
  contribution.error = share.error;
  contribution.alone = share.alone;
  contribution.explained = appraisal.explained[i];
  contribution.truths = trust.truths;
  contribution.sigmas = trust.sigmas;
  contribution.needed_sigmas = needed_sigmas(hotkeys);
  contribution.trust = trust.trust;
  contribution.blend = trust.blend;
  contribution.reference_points = appraisal.contribution.reference_points;
  contribution.blended_points = appraisal.contribution.blended_points;
  return contribution;
}

}  // namespace aml::validation
