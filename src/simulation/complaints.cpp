#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "simulation/alerts.h"
#include "simulation/linked.h"
#include "simulation/random.h"

namespace aml::simulation {

namespace {

constexpr std::uint64_t kChoiceStream = 11;

struct Candidate {
  Complaint complaint;
  double key = 0;
};

bool is_before(const Candidate& a, const Candidate& b) {
  if (a.key != b.key) return a.key > b.key;
  if (a.complaint.address != b.complaint.address) return a.complaint.address < b.complaint.address;
  return a.complaint.rule < b.complaint.rule;
}

// Taking the greatest keys draws without replacement with weights e^(strictness · strength): the
// Gumbel trick (Vieira 2014).
std::vector<Candidate> candidates_of(std::size_t rule, const AlertInputs& inputs) {
  std::vector<Candidate> result;
  for (AddressId id = 0; id < inputs.features.size(); ++id) {
    if (inputs.features[id].transactions() == 0) continue;
    const double strength = alert_rules()[rule].strength(inputs.features[id], inputs.exposures[id]);
    if (strength < inputs.habits.least_strength) continue;
    const double chance = unit_of(mix({inputs.key, kChoiceStream, rule, id}));
    const double gumbel = -std::log(-std::log(chance * (1 - 1e-12) + 0.5e-12));
    result.push_back({{rule, id, strength}, inputs.habits.strictness * strength + gumbel});
  }
  std::sort(result.begin(), result.end(), is_before);
  return result;
}

}  // namespace

std::vector<Complaint> choose_complaints(const AlertInputs& inputs, std::size_t count) {
  std::vector<Complaint> chosen;
  std::vector<Candidate> spare;
  const std::array<double, kRuleCount>& habits = inputs.habits.rules;
  double usual = 0;
  double wanted = 0;
  for (std::size_t rule = 0; rule < alert_rules().size(); ++rule) {
    usual += alert_rules()[rule].share;
    wanted += alert_rules()[rule].share * habits[rule];
  }
  double shares = 0;
  for (std::size_t rule = 0; rule < alert_rules().size(); ++rule) {
    shares += alert_rules()[rule].share * habits[rule] / (wanted / usual);
    std::vector<Candidate> candidates = candidates_of(rule, inputs);
    const std::size_t due =
        std::min<std::size_t>(count, std::llround(shares * static_cast<double>(count)));
    const std::size_t quota = due - std::min(due, chosen.size());
    for (std::size_t i = 0; i < candidates.size(); ++i) {
      if (i < quota) {
        chosen.push_back(candidates[i].complaint);
      } else {
        spare.push_back(candidates[i]);
      }
    }
  }
  // Where a rule found too little, the others fill up.
  const std::size_t missing = std::min(spare.size(), count - std::min(count, chosen.size()));
  std::partial_sort(spare.begin(), spare.begin() + static_cast<std::ptrdiff_t>(missing),
                    spare.end(), is_before);
  for (std::size_t i = 0; i < missing; ++i) chosen.push_back(spare[i].complaint);
  return chosen;
}

std::vector<std::size_t> find_patterns(const AlertInputs& inputs,
                                       const std::vector<Complaint>& complaints) {
  std::vector<std::size_t> patterns(complaints.size());
  std::size_t used = 0;
  for (std::size_t rule = 0; rule < alert_rules().size(); ++rule) {
    if (*alert_rules()[rule].pattern_type == '\0') continue;
    std::vector<std::size_t> own;
    std::vector<AddressId> addresses;
    for (std::size_t i = 0; i < complaints.size(); ++i) {
      if (complaints[i].rule != rule) continue;
      own.push_back(i);
      addresses.push_back(complaints[i].address);
    }
    for (const std::vector<std::size_t>& group : linked_groups(inputs.ledger, addresses)) {
      ++used;
      for (const std::size_t member : group) patterns[own[member]] = used;
    }
  }
  return patterns;
}

}  // namespace aml::simulation
