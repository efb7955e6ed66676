#include "validator/public_knowledge.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "base/date.h"
#include "base/hex.h"
#include "validator/days.h"

namespace aml::validator {

std::string role_of(const std::string& reference) {
  constexpr std::size_t kDateLength = 10;
  constexpr std::string_view kSeparator = "-";
  const bool is_dated = reference.size() > kDateLength + 1 &&
                        Date::parse(reference.substr(0, kDateLength)) &&
                        reference.substr(kDateLength, 1) == kSeparator;
  if (!is_dated) return reference;
  std::string role = reference.substr(kDateLength + 1);
  const bool is_hashed =
      role.size() > kModelHashDigits + 1 &&
      role.compare(role.size() - kModelHashDigits - 1, 1, kSeparator) == 0 &&
      is_lower_hex(std::string_view(role).substr(role.size() - kModelHashDigits), kModelHashDigits);
  if (is_hashed) role.resize(role.size() - kModelHashDigits - 1);
  return role;
}

std::vector<std::string> roles_of(std::span<const validation::Reference> references) {
  std::vector<std::string> roles;
  for (const validation::Reference& reference : references) {
    std::string role = role_of(reference.name);
    if (std::find(roles.begin(), roles.end(), role) == roles.end()) roles.push_back(role);
  }
  return roles;
}

std::vector<std::string> last_in_roles(std::span<const std::string> references) {
  std::vector<std::string> roles;
  std::vector<std::string> last;
  for (const std::string& name : references) {
    std::string role = role_of(name);
    const auto found = std::find(roles.begin(), roles.end(), role);
    if (found == roles.end()) {
      roles.push_back(std::move(role));
      last.push_back(name);
    } else {
      last[static_cast<std::size_t>(found - roles.begin())] = name;
    }
  }
  return last;
}

bool needs_labels(const std::string& reference) {
  return role_of(reference).ends_with(kLabelsSuffix);
}

std::vector<std::size_t> reference_counts(std::size_t most, std::size_t truths) {
  constexpr std::array<std::size_t, 4> kCounts{1, 2, 3, 10};
  std::vector<std::size_t> counts;
  for (const std::size_t count : kCounts) {
    if (count < most) counts.push_back(count);
  }
  if (most > 0) counts.push_back(most);
  std::erase_if(counts, [&](std::size_t count) { return count > truths; });
  return counts;
}

validation::AddressHistory history_of(std::span<const std::string> addresses,
                                      std::span<const KnownTruth* const> truths) {
  std::map<std::string_view, std::pair<double, double>> known;
  for (const KnownTruth* truth : truths) {
    for (std::size_t i = 0; i < truth->labels.size(); ++i) {
      if (truth->labels[i] < 0) continue;
      auto& [alerts, filed] = known[truth->addresses[i]];
      alerts += 1;
      filed += truth->labels[i];
    }
  }
  validation::AddressHistory history;
  for (const std::string& address : addresses) {
    const auto found = known.find(address);
    history.alerts.push_back(found == known.end() ? 0 : found->second.first);
    history.filed.push_back(found == known.end() ? 0 : found->second.second);
  }
  return history;
}

validation::PublicColumns public_columns_of(const Day& day,
                                            std::span<const validation::Reference> references,
                                            std::span<const std::string> roles,
                                            const validation::AddressHistory& history,
                                            std::size_t labels) {
  validation::PublicDay known;
  known.facts = &day.facts;
  known.history = &history;
  std::vector<std::vector<double>> said = day.labels;
  said.resize(labels, std::vector<double>(day.baseline.size()));
  known.labels = said;
  known.models.emplace_back(day.baseline);
  for (const std::string& role : roles) {
    std::span<const double> scores = day.baseline;
    for (const validation::Reference& reference : references) {
      if (role_of(reference.name) == role) scores = reference.scores;
    }
    known.models.push_back(scores);
  }
  return validation::public_columns(known);
}

}  // namespace aml::validator
