#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "validator/days.h"

namespace aml::validator::robbery {

inline constexpr std::size_t kFactors = 2;

// The alerts of a day, drawn from its date: what anyone knows of them, private factors, labels.
struct RobbedDay {
  explicit RobbedDay(const std::string& date);

  std::vector<std::string> ids;
  validation::AlertFacts facts;
  std::vector<std::vector<double>> columns;
  std::vector<double> baseline;
  std::vector<std::vector<double>> factors;
  std::vector<int> labels;
  // Scores by the public part, and a factor where there is one.
  std::vector<double> scores(std::optional<std::size_t> factor, std::uint64_t noise) const;
};

// Snapshots and truths with the times at which they were written. What a validator fetched stays
// its own: one for each validator over the same world.
class RobbedDays {
 public:
  const RobbedDay& values(const std::string& date) const;
  std::string snapshot_sha256(const std::string& date) const;

  // When META.json and the truth of a day were written, in milliseconds since 1970; a snapshot is
  // another one each time.
  void publish(const std::string& date, std::int64_t now_ms);

  std::map<std::string, std::int64_t> snapshots;
  std::map<std::string, int> versions;
  std::map<std::string, std::int64_t> truths;

 private:
  mutable std::map<std::string, RobbedDay> values_;
};

class DaysOfOne : public DaySource {
 public:
  explicit DaysOfOne(const RobbedDays& world) : world_(world) {}

  Date newest() override;
  std::vector<Date> folders() override;
  bool is_published(Date date) override { return world_.snapshots.contains(date.text()); }
  bool is_truth_published(Date date) override { return world_.truths.contains(date.text()); }
  std::optional<std::int64_t> published_ms(Date date) override;
  std::optional<std::int64_t> truth_published_ms(Date date) override;
  void fetch_snapshot(Date date) override;
  bool has_snapshot(const std::string& date) const override { return fetched_.contains(date); }
  Day day(const std::string& date) const override;
  bool fetch_truth(Date date) override;
  bool has_truth(const std::string& date) const override { return truths_.contains(date); }
  std::string truth_sha256(const std::string& date) const override { return "truth of " + date; }
  std::vector<int> labels(const std::string& date,
                          const validation::AlertIndex& alerts) const override;
  KnownTruth known_truth(const std::string& date) const override;
  std::vector<validation::PlantedTrap> planted_traps(const std::string&,
                                                     const validation::AlertIndex&) override {
    return {};
  }
  std::vector<std::string> given_models() const override { return {}; }
  std::vector<std::string> trained_models() const override {
    return {trained_.begin(), trained_.end()};
  }
  void train_models(std::span<const Date> dates, std::span<const std::size_t> counts) override;
  std::vector<double> given_scores(const std::string&, const Day&) const override { return {}; }
  std::vector<double> trained_scores(const std::string& name, const Day& day) const override;
  void remove_before(Date) override {}

 private:
  const RobbedDays& world_;
  std::map<std::string, int> fetched_;  // the versions
  std::set<std::string> truths_;
  std::set<std::string> trained_;
};

}  // namespace aml::validator::robbery
