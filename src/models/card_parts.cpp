#include "models/card_parts.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "base/error.h"
#include "base/threads.h"
#include "metrics/distribution.h"
#include "metrics/ranking.h"

namespace aml::models {

namespace {

bool are_alike(const DayRecord& a, const DayRecord& b) {
  return a.network == b.network && a.window_days == b.window_days;
}

// Days that were held back, oldest first, those out of time alone where there are any.
std::vector<std::size_t> calibration_days(std::span<const HeldBackScores> held_back,
                                          const std::vector<DayRecord>& records) {
  const bool has_later = std::any_of(held_back.begin(), held_back.end(), [](const auto& day) {
    return !day.raw.empty() && day.is_out_of_time;
  });
  std::vector<std::size_t> days;
  for (std::size_t day = 0; day < held_back.size(); ++day) {
    if (held_back[day].raw.empty() || (has_later && !held_back[day].is_out_of_time)) continue;
    days.push_back(day);
  }
  std::stable_sort(days.begin(), days.end(), [&](std::size_t a, std::size_t b) {
    return records[a].processing_date < records[b].processing_date;
  });
  return days;
}

// The days of the same network and window as `like`, up to its date. Days of other economies have
// base rates of their own, which say nothing of what the newest day's kind will bring.
std::vector<std::size_t> days_like(const DayRecord& like, const std::vector<DayRecord>& records) {
  std::vector<std::size_t> days;
  for (std::size_t day = 0; day < records.size(); ++day) {
    const DayRecord& one = records[day];
    if (are_alike(one, like) && one.processing_date <= like.processing_date) {
      days.push_back(day);
    }
  }
  return days;
}

// The rows of some days.
std::size_t count_rows(std::span<const std::size_t> some, std::span<const FitDay> days) {
  std::size_t rows = 0;
  for (const std::size_t day : some) rows += days[day].rows.rows.size();
  return rows;
}

// The share of positives among the rows of some days; NaN where there are none.
double share_of_positives(std::span<const std::size_t> some, std::span<const FitDay> days) {
  double positives = 0;
  for (const std::size_t day : some) positives += static_cast<double>(days[day].rows.positives());
  return positives / static_cast<double>(count_rows(some, days));
}

// Whether the model that scored a day had learned from nearly as many rows as the newest one, so
// that it is about as sure.
bool knows_as_much(const HeldBackScores& day, const HeldBackScores& newest,
                   std::span<const FitDay> days) {
  constexpr double kNearlyAsMany = 0.75;
  return static_cast<double>(count_rows(day.learned, days)) >=
         kNearlyAsMany * static_cast<double>(count_rows(newest.learned, days));
}

// By what became of the chosen days' rows, for a model that learned from `rows` rows. A day's base
// rate varies more than a model of it does, so the intercept takes that of all `known` days, at
// which the scores by the newest model, which knows the most, and by those that know nearly as
// much, have it on average.
Calibration fit_to(std::span<const std::size_t> chosen, std::span<const std::size_t> known,
                   std::size_t rows, std::span<const FitDay> days,
                   std::span<const HeldBackScores> held_back) {
  std::vector<double> raw;
  std::vector<double> newest;
  std::vector<int> labels;
  std::vector<DaySlope> slopes;
  for (const std::size_t day : chosen) {
    const LabelledRows& known_rows = days[day].rows;
    if (known_rows.rows.empty()) continue;
    std::vector<double> scores;
    for (const std::size_t row : known_rows.rows) scores.push_back(held_back[day].raw[row]);
    const auto learned =
        static_cast<double>(std::max<std::size_t>(1, count_rows(held_back[day].learned, days)));
    const Calibration of_day = fit_calibration(scores, known_rows.labels);
    slopes.push_back({of_day.slope, slope_information(of_day, scores, known_rows.labels),
                      learned / static_cast<double>(std::max<std::size_t>(1, rows))});
    raw.insert(raw.end(), scores.begin(), scores.end());
    labels.insert(labels.end(), known_rows.labels.begin(), known_rows.labels.end());
    if (knows_as_much(held_back[day], held_back[chosen.back()], days)) {
      newest.insert(newest.end(), scores.begin(), scores.end());
    }
  }
  const double base_rate = share_of_positives(known, days);
  const bool has_rate = !newest.empty() && base_rate > 0 && base_rate < 1;
  if (!has_rate) return fit_calibration(raw, labels);
  return anchored({.slope = slope_of_all_rows(slopes)}, newest, base_rate);
}

void judge_last_day(std::span<const std::size_t> chosen, std::span<const FitDay> days,
                    std::span<const HeldBackScores> held_back, const std::string& confidence,
                    ModelCard& card) {
  const std::size_t last = chosen.back();
  const bool can_judge = chosen.size() > 1 && held_back[last].is_out_of_time &&
                         card.training_days[chosen.front()].processing_date <
                             card.training_days[last].processing_date &&
                         !days[last].rows.rows.empty();
  if (!can_judge) return;
  PublishedScale scale;
  std::vector<std::size_t> earlier = days_like(card.training_days[last], card.training_days);
  std::erase_if(earlier, [&](std::size_t day) {
    return card.training_days[day].processing_date == card.training_days[last].processing_date;
  });
  scale.calibration = fit_to(chosen.first(chosen.size() - 1), earlier,
                             count_rows(held_back[last].learned, days), days, held_back);
  EvaluatedRows rows;
  add_evaluated_rows(days[last].rows, held_back[last].raw, days[last].keys, scale, confidence,
                     rows);
  card.calibration.judged = evaluate(rows, std::span(&card.training_days[last], 1));
}

void note_base_rate(std::span<const FitDay> days, ModelCard& card) {
  const auto newest = std::max_element(
      card.training_days.begin(), card.training_days.end(),
      [](const DayRecord& a, const DayRecord& b) { return a.processing_date < b.processing_date; });
  const FitDay& day = days[static_cast<std::size_t>(newest - card.training_days.begin())];
  EvaluatedRows rows;
  const std::vector<double> no_scores(day.rows.matrix->rows(), 0);
  add_evaluated_rows(day.rows, no_scores, day.keys, {}, "", rows);
  card.calibration.base_rate = share_of(rows.judged.labels, rows.judged.groups);
  card.calibration.base_rate_date = newest->processing_date;
}

}  // namespace

void calibrate(std::span<const FitDay> days, std::span<const HeldBackScores> held_back,
               const std::string& confidence, ModelCard& card) {
  const std::vector<std::size_t> chosen = calibration_days(held_back, card.training_days);
  std::vector<std::size_t> all(days.size());
  std::iota(all.begin(), all.end(), std::size_t{0});
  card.scale.calibration =
      fit_to(chosen, days_like(card.training_days[chosen.back()], card.training_days),
             count_rows(all, days), days, held_back);
  EvaluatedRows rows;
  for (const std::size_t day : chosen) {
    CalibrationDay record{
        card.training_days[day].processing_date, {}, held_back[day].is_out_of_time};
    for (const std::size_t learned : held_back[day].learned) {
      record.learned.push_back(card.training_days[learned].processing_date);
    }
    card.calibration.days.push_back(std::move(record));
    // Scores of models that know less promise other things at the same number.
    if (!knows_as_much(held_back[day], held_back[chosen.back()], days)) continue;
    add_evaluated_rows(days[day].rows, held_back[day].raw, days[day].keys, card.scale, confidence,
                       rows);
  }
  card.calibration.like = like_rows(rows.judged);
  judge_last_day(chosen, days, held_back, confidence, card);
  note_base_rate(days, card);
}

void refuse_one_score(const std::vector<std::vector<double>>& raw, const std::string& task) {
  std::optional<double> first;
  for (const std::vector<double>& day : raw) {
    for (const double score : day) {
      if (!first) first = score;
      if (score != *first) return;
    }
  }
  if (!first) return;
  throw Error(ErrorKind::bad_input,
              fmt::format("{} says the same of every alert: its trees have no split; take away or "
                          "change what --param says, train on more days, or check the ground truth",
                          task));
}

void refuse_fined_scores(std::span<const double> raw, const PublishedScale& scale,
                         const std::string& processing_date) {
  if (raw.empty()) return;
  std::vector<double> scores;
  for (const double score : raw) scores.push_back(scale.score(score));
  const double median = metrics::median(scores);
  const double variance = metrics::variance(scores);
  std::string why;
  if (median < kLeastMedian || median > kMostMedian) {
    why =
        fmt::format("their median is {:.4f}, outside [{}, {}]", median, kLeastMedian, kMostMedian);
  }
  if (variance < kLeastVariance) {
    why += fmt::format("{}their variance is {:.2g}, below {}", why.empty() ? "" : ", and ",
                       variance, kLeastVariance);
  }
  if (why.empty()) return;
  throw Error(ErrorKind::bad_input,
              fmt::format("the map {} + {}·p is refused: a validator would fine the scores of the "
                          "held-out day {}, for {}; train on more days or better features, or "
                          "check the ground truth",
                          scale.map.offset, scale.map.span, processing_date, why));
}

void judge_typologies(std::span<const FitDay> days, std::span<const HeldBackScores> held_back,
                      const std::vector<std::vector<std::string>>& typologies, ModelCard& card) {
  std::map<std::string, std::pair<std::vector<double>, std::vector<int>>> by_typology;
  for (std::size_t day = 0; day < days.size(); ++day) {
    if (held_back[day].raw.empty()) continue;
    const LabelledRows& rows = days[day].rows;
    for (std::size_t i = 0; i < rows.rows.size(); ++i) {
      auto& [scores, labels] = by_typology[typologies[day][rows.rows[i]]];
      scores.push_back(held_back[day].raw[rows.rows[i]]);
      labels.push_back(rows.labels[i]);
    }
  }
  for (const auto& [name, rows] : by_typology) {
    const auto& [scores, labels] = rows;
    TypologyRecord record;
    record.rows = labels.size();
    record.positives = static_cast<std::size_t>(std::count(labels.begin(), labels.end(), 1));
    if (record.positives > 0 && record.positives < record.rows) {
      record.auc_roc = metrics::auc_roc(scores, labels);
      record.auc_pr = metrics::auc_pr(scores, labels);
    }
    card.typologies[name] = record;
  }
}

void add_to_profile(const std::string& network, std::int64_t window_days,
                    const std::map<std::string, std::int64_t>& typologies, DayProfile& profile) {
  const auto add_once = [](auto& list, const auto& value) {
    if (std::find(list.begin(), list.end(), value) == list.end()) list.push_back(value);
  };
  add_once(profile.networks, network);
  add_once(profile.window_days, window_days);
  for (const auto& [typology, count] : typologies) {
    profile.typologies[typology] += count;
    profile.rows += static_cast<std::size_t>(count);
  }
  ++profile.days;
}

void profile_features(std::span<const features::FeatureMatrix* const> days, int threads,
                      DayProfile& profile) {
  const std::vector<std::string>& names = days.front()->names;
  std::vector<ProfiledColumn> columns(names.size());
  parallel_blocks(names.size(), 1, threads, [&](std::size_t f, std::size_t) {
    throw_if_stop_requested();
    std::vector<std::span<const double>> values;
    for (const features::FeatureMatrix* day : days) values.emplace_back(day->columns[f]);
    columns[f] = profile_column(values);
  });
  for (std::size_t f = 0; f < names.size(); ++f) profile.features[names[f]] = columns[f];
}

}  // namespace aml::models
