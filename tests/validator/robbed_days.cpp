#include "robbed_days.h"

#include <algorithm>
#include <cmath>
#include <random>

#include "base/hash.h"
#include "base/threads.h"

namespace aml::validator::robbery {

namespace {

constexpr std::size_t kAlerts = 300;
constexpr std::uint64_t kAddresses = 600;
constexpr std::size_t kDigits = 15;

// Numbers that are the same on every machine.
class Draw {
 public:
  explicit Draw(const std::string& seed) : engine_(hash_number(seed, kDigits)) {}
  double uniform() { return static_cast<double>(engine_() >> 11U) * 0x1p-53; }
  double normal() {
    double sum = -6;
    for (int i = 0; i < 12; ++i) sum += uniform();
    return sum;
  }

 private:
  std::mt19937_64 engine_;
};

double logistic(double x) { return 1 / (1 + std::exp(-x)); }

}  // namespace

RobbedDay::RobbedDay(const std::string& date) {
  Draw draw(date);
  columns.assign(2, {});
  factors.assign(kFactors, {});
  for (std::size_t i = 0; i < kAlerts; ++i) {
    ids.push_back("alert-" + std::to_string(1000 + i));
    facts.address.push_back("address-" +
                            std::to_string(static_cast<int>(kAddresses * draw.uniform())));
    facts.severity.push_back(i % 3 == 0 ? "high" : "low");
    facts.typology.push_back(i % 5 == 0 ? "cycle" : "fan_in");
    facts.confidence.push_back(draw.uniform());
    for (std::vector<double>& column : columns) column.push_back(draw.normal());
    double odds = columns[0][i] - 1;
    for (std::vector<double>& factor : factors) {
      factor.push_back(draw.normal());
      odds += 1.6 * factor.back();
    }
    labels.push_back(draw.uniform() < logistic(odds) ? 1 : 0);
    baseline.push_back(logistic(columns[0][i] - 1 + 0.3 * draw.normal()));
  }
}

std::vector<double> RobbedDay::scores(std::optional<std::size_t> factor,
                                      std::uint64_t noise) const {
  Draw draw(ids.front() + std::to_string(noise) + std::to_string(columns[0][0]));
  std::vector<double> scores;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const double own = factor ? 1.6 * factors[*factor][i] + 0.2 * draw.normal() : draw.normal();
    scores.push_back(logistic(columns[0][i] - 1 + own));
  }
  return scores;
}

const RobbedDay& RobbedDays::values(const std::string& date) const {
  return values_.try_emplace(date, date).first->second;
}

std::string RobbedDays::snapshot_sha256(const std::string& date) const {
  return hash_text(HashKind::sha256, date + " " + std::to_string(versions.at(date)));
}

void RobbedDays::publish(const std::string& date, std::int64_t now_ms) {
  snapshots[date] = now_ms;
  ++versions[date];
}

Date DaysOfOne::newest() { return Date::require(world_.snapshots.rbegin()->first, "a day"); }

std::vector<Date> DaysOfOne::folders() {
  std::vector<Date> dates;
  for (const auto& [date, at] : world_.snapshots) dates.push_back(Date::require(date, "a day"));
  return dates;
}

std::optional<std::int64_t> DaysOfOne::published_ms(Date date) {
  return world_.snapshots.at(date.text());
}

std::optional<std::int64_t> DaysOfOne::truth_published_ms(Date date) {
  return world_.truths.at(date.text());
}

void DaysOfOne::fetch_snapshot(Date date) {
  fetched_[date.text()] = world_.versions.at(date.text());
}

Day DaysOfOne::day(const std::string& date) const {
  const RobbedDay& known = world_.values(date);
  Day day;
  day.processing_date = date;
  day.network = "bitcoin";
  day.snapshot_sha256 = hash_text(HashKind::sha256, date + " " + std::to_string(fetched_.at(date)));
  day.matrix.ids = known.ids;
  day.matrix.names = {"first", "second"};
  day.matrix.columns = known.columns;
  day.alerts = std::make_unique<validation::AlertIndex>(known.ids);
  day.facts = known.facts;
  day.baseline = known.baseline;
  return day;
}

bool DaysOfOne::fetch_truth(Date date) {
  if (!is_truth_published(date)) return false;
  truths_.insert(date.text());
  return true;
}

std::vector<int> DaysOfOne::labels(const std::string& date, const validation::AlertIndex&) const {
  return world_.values(date).labels;
}

KnownTruth DaysOfOne::known_truth(const std::string& date) const {
  return {world_.values(date).facts.address, world_.values(date).labels};
}

void DaysOfOne::train_models(std::span<const Date> dates, std::span<const std::size_t> counts) {
  for (const std::size_t count : counts) {
    throw_if_stop_requested();
    trained_.insert(trained_name(dates[0], count));
  }
}

std::vector<double> DaysOfOne::trained_scores(const std::string& name, const Day& day) const {
  return world_.values(day.processing_date).scores(std::nullopt, hash_number(name, kDigits));
}

}  // namespace aml::validator::robbery
