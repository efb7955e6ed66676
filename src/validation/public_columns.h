#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "validation/alert_index.h"

// What anyone can know of a day's alerts, as columns that others are explained by.
namespace aml::validation {

// Of each alert, what earlier truths that were public say of its address; by alert number.
struct AddressHistory {
  std::vector<double> alerts;  // earlier alerts of the address with a label
  std::vector<double> filed;   // of them, those with a report
};

// What is public on a day, by alert number. Days that are learned from together have as many models
// and the same of them in the same places: a model in a role ("the recipe on the newest two
// truths") is on each day the one that anyone had then.
struct PublicDay {
  std::vector<std::span<const double>> models;  // scores; the stock model first
  const AlertFacts* facts = nullptr;
  const AddressHistory* history = nullptr;  // null: no truth was public
  // What labels of addresses that were public say of each alert: finite columns, as many and the
  // same on all days that are learned from together.
  std::span<const std::vector<double>> labels{};
};

// values[i] ↦ the normal quantile of its average rank less one half, over their number: its rank
// made Gaussian (Blom's family of scores with c = 1/2). Values of one kind all get 0.
std::vector<double> gaussian_ranks(std::span<const double> values);

// A text as a number in [0, 1) that is the same on every day and machine; nothing else is meant by
// it.
double code_of(const std::string& text);

// The columns of a public day.
struct PublicColumns {
  // For trees: Gaussian ranks of the models, their mean, maximum and spread, confidence, severity,
  // typology, history, labels.
  std::vector<std::vector<double>> trees;
  // For sums: a constant, then smooth functions of the same that mean the same on every day.
  std::vector<std::vector<double>> smooth;
  // For sums within one day: each model's rank within each severity and typology of that day.
  std::vector<std::vector<double>> blocks;

  std::size_t rows() const { return smooth.front().size(); }
};
// REQUIRES: at least one model, one alert, and facts.
PublicColumns public_columns(const PublicDay& day);

// The same with one more column that anyone can know, such as q, for trees and for sums.
void add_public(PublicColumns& columns, std::span<const double> values);

std::vector<std::span<const double>> views_of(std::span<const std::vector<double>> columns);

}  // namespace aml::validation
