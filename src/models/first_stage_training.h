#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "models/first_stage.h"
#include "models/ground_truth.h"
#include "models/held_back.h"
#include "models/train.h"

namespace aml::models {

// The addresses of a day, in blocks of float32, with what is learned from them.
struct AddressDay {
  struct Window {
    AddressWindow around;
    std::vector<flows::Address> addresses;    // with transfers, ascending
    std::vector<std::vector<float>> columns;  // by column of AddressView::names() and address
    std::vector<std::int8_t> labels;          // by address: 1, 0, or -1: not learned from
    std::vector<int> folds;                   // by address of the graph, 1 to kFirstStageFolds
  };
  std::vector<Window> windows;
};

// An address's fold is that of its community, so that no community is in two; one of more addresses
// than kLargestCommunity says nothing, and its addresses are told apart one by one.
inline constexpr int kFirstStageFolds = 2;
inline constexpr std::size_t kLargestCommunity = 1000;
// For each alerted address so many others are drawn, by a seeded hash of their text.
inline constexpr std::size_t kOthersForEach = 10;

// Sets the folds of a window whose graph and communities are there.
void set_folds(AddressDay::Window& window);

// Keeps every window that the visitor is told of.
snapshot::AddressVisitor keep_addresses(AddressDay& day);
// Alerted addresses: 1 where any of the alerts has a report, 0 where all that have a label have
// none. Others, those drawn: 0.
void label_addresses(const AlertFacts& facts, const LabelledRows& alerts, AddressDay& day);

// A day as the first stage learns from it. `addresses` must not be null.
struct FirstStageDay {
  const AddressDay* addresses = nullptr;
  const AlertFacts* facts = nullptr;
};

// First models and what they say, where no row is scored by a model that learned from its day, its
// address, or its community of that day; where a set is one day alone, from its address or
// community.
class FirstStageTraining {
 public:
  // Grows the model of all days, and those that the models of alerts need: for each fit of `plan`,
  // and for the model of all days. The days must live as long as this.
  FirstStageTraining(std::span<const FirstStageDay> days, std::span<const HeldBackFit> plan,
                     int threads);

  // The model of all days, as text; empty where the labels are of one class.
  const std::string& model_text() const { return fits_.front().text; }
  const TrainParameters& parameters() const { return parameters_; }
  std::size_t rows() const { return rows_.size(); }
  std::size_t positives() const;

  // What the alerts' models see of the days they learn from and score, for each fit of the plan
  // and, after these, for the model of all days: by fit and day; empty where the fit uses not the
  // day.
  std::vector<std::vector<FirstStageColumns>> columns() const;
  // Of a day that no model learned from, by the model of all days.
  FirstStageColumns columns_of(const FirstStageDay& day) const;

 private:
  // A row that is learned from.
  struct Row {
    std::size_t day = 0;
    std::size_t window = 0;
    std::size_t number = 0;
  };
  // A model of `days`, ascending, but of none of the addresses that are in that fold of the day
  // `held_back`, where there is one.
  struct Fit {
    std::vector<std::size_t> days;
    std::size_t held_back;
    int fold = 0;
    std::string text{};  // empty where there is nothing to learn
  };

  void add_fit(Fit fit);
  // Where the fit of the same days, without the same fold, is among fits_; their end where it is
  // not.
  std::vector<Fit>::const_iterator find_fit(const Fit& wanted) const;
  // The fits that score a day for a model of `learned`, one or one for each fold.
  std::vector<Fit> fits_of(std::span<const std::size_t> learned, std::size_t day) const;
  // `rows` must outlive what is returned.
  TrainingRows training_rows(const std::vector<Row>& rows) const;
  // Those of the same days, whose rows are binned once for all of them.
  void grow(std::span<Fit*> fits) const;
  void grow_all();
  int label_of(const Row& row) const;
  std::vector<AddressScores> scores_without(std::span<const std::size_t> learned,
                                            std::size_t day) const;
  FirstStageColumns columns_of(const FirstStageDay& day,
                               std::span<const AddressScores> scores) const;

  std::vector<FirstStageDay> days_;
  std::vector<HeldBackFit> plan_;  // its last is the model of all days
  int threads_;
  std::vector<Row> rows_;  // by day, window and number
  TrainParameters parameters_;
  std::vector<Fit> fits_;  // the first is of all rows
};

}  // namespace aml::models
