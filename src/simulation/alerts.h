#pragma once

#include <cstdint>
#include <vector>

#include "simulation/address_features.h"
#include "simulation/alert.h"
#include "simulation/alert_rules.h"
#include "simulation/ledger.h"

namespace aml::simulation {

struct AlertInputs {
  const Ledger& ledger;
  const std::vector<AddressFeatures>& features;
  const std::vector<Exposure>& exposures;
  const std::vector<std::string>& addresses;  // by id
  Window window;
  std::uint64_t key;  // decides what is left to chance
  const Habits& habits;
};

// `count` alerts (fewer where the rules find fewer addresses), sorted by id. Every rule may raise
// its share of them; which addresses it takes is drawn with chances that grow with the rule's
// strength, so that it misses some and cries wolf about others.
std::vector<Alert> raise_alerts(const AlertInputs& inputs, std::size_t count);

// Which of the rules' complaints stand: rule and address, and nothing told of them yet.
struct Complaint {
  std::size_t rule = 0;
  AddressId address = 0;
  double strength = 0;
};
std::vector<Complaint> choose_complaints(const AlertInputs& inputs, std::size_t count);

// For each complaint its pattern: complaints of one rule whose addresses pay each other have the
// same number, from 1; 0 stands for none. Rules without a pattern type have none.
std::vector<std::size_t> find_patterns(const AlertInputs& inputs,
                                       const std::vector<Complaint>& complaints);

}  // namespace aml::simulation
