#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "simulated_world.h"
#include "validator/days.h"

namespace aml::simulated {

// The alerts of a day and what there is to know of them, as values drawn from the date alone.
struct DayValues {
  explicit DayValues(const std::string& date);

  std::vector<std::string> ids;
  validation::AlertFacts facts;
  std::vector<std::vector<double>> columns;
  std::vector<double> truth_odds;  // what decides the labels
  std::vector<int> labels;
  // A model's scores: of what anyone has, with `own` of what decides the labels besides, and noise.
  std::vector<double> scores(std::uint64_t model, double own) const;
};

// The text of a submission.
std::string submission_text(const std::string& date, const std::vector<std::string>& ids,
                            const std::vector<double>& scores);

// An SOT that publishes a day every day, and its truth some days later; it is away at random. What
// was fetched stays.
class SimulatedDays : public validator::DaySource {
 public:
  // Models are to be trained on so many days at the most.
  SimulatedDays(World& world, std::size_t reference_days)
      : world_(world), reference_days_(reference_days) {}

  const DayValues& values(const std::string& date) const;
  void publish_next();
  void publish_truth(const std::string& date) { truths_.insert(date); }
  const std::vector<Date>& published() const { return published_; }
  const std::set<std::string>& truths() const { return truths_; }
  Date newest() override;
  std::vector<Date> folders() override;
  bool is_published(Date date) override;
  bool is_truth_published(Date date) override;
  void fetch_snapshot(Date date) override;
  bool has_snapshot(const std::string& date) const override { return snapshots_.contains(date); }
  validator::Day day(const std::string& date) const override;
  bool fetch_truth(Date date) override;
  bool has_truth(const std::string& date) const override { return here_.contains(date); }
  std::string truth_sha256(const std::string& date) const override { return "truth of " + date; }
  std::vector<int> labels(const std::string& date,
                          const validation::AlertIndex& alerts) const override;
  validator::KnownTruth known_truth(const std::string& date) const override;
  std::vector<validation::PlantedTrap> planted_traps(const std::string& date,
                                                     const validation::AlertIndex& alerts) override;
  std::vector<std::string> given_models() const override { return {"given"}; }
  std::vector<std::string> trained_models() const override;
  void train_models(std::span<const Date> dates, std::span<const std::size_t> counts) override;
  std::vector<double> given_scores(const std::string& name,
                                   const validator::Day& day) const override;
  std::vector<double> trained_scores(const std::string& name,
                                     const validator::Day& day) const override;
  void remove_before(Date oldest) override;
  // Whether there is a snapshot or a trained model of an older day.
  bool keeps_older_than(Date oldest) const;

 private:
  void answer_or_fail() const;
  void require_truth(const std::string& date) const;

  World& world_;
  const std::size_t reference_days_;
  mutable std::map<std::string, DayValues> values_;
  std::vector<Date> published_;
  std::set<std::string> truths_;     // published
  std::set<std::string> snapshots_;  // fetched
  std::set<std::string> here_;       // truths that were fetched
  std::set<std::string> trained_;
};

}  // namespace aml::simulated
