#include "simulated_days.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <utility>

#include "base/error.h"

namespace aml::simulated {

namespace {

constexpr std::size_t kAlerts = 60;
constexpr std::size_t kColumns = 3;

std::uint64_t number_of(std::string_view text) {
  std::uint64_t number = 1469598103934665603U;
  for (const char c : text) number = (number ^ static_cast<unsigned char>(c)) * 1099511628211U;
  return number;
}

// From 0 to below 1, in steps that every machine has alike.
double fraction(Random& random) {
  return static_cast<double>(random.below(1U << 20U)) / (1U << 20U);
}

double logistic(double x) { return 1 / (1 + std::exp(-x)); }

}  // namespace

DayValues::DayValues(const std::string& date) {
  Random random(number_of(date));
  columns.assign(kColumns, std::vector<double>(kAlerts));
  for (std::size_t i = 0; i < kAlerts; ++i) {
    ids.push_back("alert-" + std::to_string(1000 + i));
    for (std::vector<double>& column : columns) column[i] = fraction(random);
    // The same addresses come again on other days.
    facts.address.push_back("address-" + std::to_string(random.below(90)));
    facts.severity.push_back(i % 3 == 0 ? "high" : "low");
    facts.typology.push_back(i % 5 == 0 ? "cycle" : "fan_in");
    facts.confidence.push_back(fraction(random));
    truth_odds.push_back(4 * columns[0][i] + 5 * columns[2][i] - 5);
    labels.push_back(fraction(random) < logistic(truth_odds[i]) ? 1 : 0);
  }
}

std::vector<double> DayValues::scores(std::uint64_t model, double own) const {
  Random random(model * 7919 + number_of(ids.front()) +
                static_cast<std::uint64_t>(1e6 * columns[0][0]));
  std::vector<double> scores(kAlerts);
  for (std::size_t i = 0; i < kAlerts; ++i) {
    const double noise = 1.5 * (fraction(random) - 0.5);
    scores[i] = logistic(4 * columns[0][i] - 2 + columns[1][i] + own * 5 * (columns[2][i] - 0.5) +
                         (model == 0 ? 0 : noise));
  }
  return scores;
}

std::string submission_text(const std::string& date, const std::vector<std::string>& ids,
                            const std::vector<double>& scores) {
  std::string text = R"({"processing_date":")" + date + R"(","scores":[)";
  for (std::size_t i = 0; i < ids.size(); ++i) {
    text += (i == 0 ? "" : ",");
    text += R"({"alert_id":")" + ids[i] + R"(","score":)" + std::to_string(scores[i]) +
            R"(,"model_version":"1.0.0","latency_ms":0.25,"explain_json":null})";
  }
  return text + "]}";
}

const DayValues& SimulatedDays::values(const std::string& date) const {
  return values_.try_emplace(date, date).first->second;
}

void SimulatedDays::publish_next() {
  published_.push_back(published_.empty() ? Date::require("2025-01-01", "the first day")
                                          : published_.back().plus_days(1));
}

void SimulatedDays::answer_or_fail() const {
  world_.moment();
  if (world_.fails()) throw Error(ErrorKind::unavailable, "the SOT is away");
}

void SimulatedDays::require_truth(const std::string& date) const {
  if (!here_.contains(date)) throw Broken("a truth is read that was not fetched: " + date);
}

Date SimulatedDays::newest() {
  answer_or_fail();
  if (published_.empty()) throw Error(ErrorKind::not_found, "nothing is published");
  return published_.back();
}

std::vector<Date> SimulatedDays::folders() {
  answer_or_fail();
  return published_;
}

bool SimulatedDays::is_published(Date date) {
  answer_or_fail();
  return std::find(published_.begin(), published_.end(), date) != published_.end();
}

bool SimulatedDays::is_truth_published(Date date) {
  answer_or_fail();
  return truths_.contains(date.text());
}

void SimulatedDays::fetch_snapshot(Date date) {
  answer_or_fail();
  snapshots_.insert(date.text());
  world_.moment();
}

validator::Day SimulatedDays::day(const std::string& date) const {
  world_.moment();
  if (!has_snapshot(date)) throw Error(ErrorKind::not_found, "there is no snapshot of " + date);
  const DayValues& known = values(date);
  validator::Day day;
  day.processing_date = date;
  day.network = "bitcoin";
  day.snapshot_sha256 = std::string(54, '0') + date;
  std::replace(day.snapshot_sha256.begin(), day.snapshot_sha256.end(), '-', 'a');
  day.matrix.ids = known.ids;
  day.matrix.names = {"first", "second", "third"};
  day.matrix.columns = known.columns;
  day.alerts = std::make_unique<validation::AlertIndex>(known.ids);
  day.facts = known.facts;
  day.baseline = known.scores(0, 0);
  return day;
}

bool SimulatedDays::fetch_truth(Date date) {
  answer_or_fail();
  if (!truths_.contains(date.text())) return false;
  here_.insert(date.text());
  return true;
}

std::vector<int> SimulatedDays::labels(const std::string& date,
                                       const validation::AlertIndex&) const {
  require_truth(date);
  return values(date).labels;
}

validator::KnownTruth SimulatedDays::known_truth(const std::string& date) const {
  require_truth(date);
  return {values(date).facts.address, values(date).labels};
}

std::vector<validation::PlantedTrap> SimulatedDays::planted_traps(const std::string&,
                                                                  const validation::AlertIndex&) {
  world_.moment();
  return {};
}

std::vector<std::string> SimulatedDays::trained_models() const {
  return {trained_.begin(), trained_.end()};
}

void SimulatedDays::train_models(std::span<const Date> dates, std::span<const std::size_t> counts) {
  if (dates.size() > reference_days_) throw Broken("models are trained on too many days");
  for (const Date date : dates) {
    if (!has_snapshot(date.text())) throw Broken("models are trained without " + date.text());
    require_truth(date.text());
  }
  for (const std::size_t count : counts) {
    world_.moment();
    if (world_.fails()) throw Error(ErrorKind::no_space, "no room for models");
    if (!trained_.insert(validator::trained_name(dates[0], count)).second) {
      throw Broken("a model is trained twice");
    }
  }
}

std::vector<double> SimulatedDays::given_scores(const std::string&,
                                                const validator::Day& day) const {
  return values(day.processing_date).scores(99, 0);
}

std::vector<double> SimulatedDays::trained_scores(const std::string& name,
                                                  const validator::Day& day) const {
  if (!trained_.contains(name)) throw Error(ErrorKind::not_found, "there is no model " + name);
  return values(day.processing_date).scores(number_of(name), 0);
}

void SimulatedDays::remove_before(Date oldest) {
  world_.moment();
  std::erase_if(snapshots_, [&](const std::string& date) { return date < oldest.text(); });
  std::erase_if(trained_, [&](const std::string& name) { return name < oldest.text(); });
}

bool SimulatedDays::keeps_older_than(Date oldest) const {
  const std::string date = oldest.text();
  return (!snapshots_.empty() && *snapshots_.begin() < date) ||
         (!trained_.empty() && *trained_.begin() < date);
}

}  // namespace aml::simulated
