#include "results/explain_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <nlohmann/json.hpp>
#include <numeric>
#include <utility>

namespace aml::results {

namespace {

constexpr int kDigits = 11;              // of a contribution, whose own error is about 1e-13
constexpr double kFamilyUnit = 1e-6;     // of a family's sum
constexpr double kUnnamed = 0.1;         // of what all contribute, in a full explanation
constexpr double kLargestInUnits = 1e9;  // beyond it sums stand as they are

// JSON knows neither NaN nor infinity.
void append_number(std::string& text, double value) {
  if (std::isfinite(value)) {
    fmt::format_to(std::back_inserter(text), "{}", value);
  } else {
    text += "null";
  }
}

void append_contribution(std::string& text, double value) {
  if (std::isfinite(value)) {
    fmt::format_to(std::back_inserter(text), "{:.{}g}", value, kDigits);
  } else {
    text += "null";
  }
}

std::string quoted(const std::string& name) {
  return nlohmann::json(name).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace

ExplainJson::ExplainJson(const std::vector<std::string>& names, std::size_t top,
                         const std::vector<std::string>& families)
    : top_(top) {
  for (const std::string& name : names) quoted_.push_back(quoted(name));
  for (const std::string& family : families) {
    const std::string name = quoted(family);
    const auto known = std::find(quoted_families_.begin(), quoted_families_.end(), name);
    family_of_.push_back(static_cast<std::size_t>(known - quoted_families_.begin()));
    if (known == quoted_families_.end()) quoted_families_.push_back(name);
  }
}

std::vector<std::size_t> ExplainJson::by_size(std::span<const double> contributions,
                                              std::size_t many) const {
  std::vector<std::size_t> order(quoted_.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto middle = order.begin() + static_cast<std::ptrdiff_t>(std::min(many, order.size()));
  std::partial_sort(order.begin(), middle, order.end(), [&](std::size_t a, std::size_t b) {
    const double size_a = std::abs(contributions[a]);
    const double size_b = std::abs(contributions[b]);
    return size_a != size_b ? size_a > size_b : a < b;
  });
  order.erase(std::find_if(order.begin(), middle,
                           [&](std::size_t feature) { return contributions[feature] == 0; }),
              order.end());
  if (order.size() > many) order.resize(many);
  return order;
}

std::vector<double> ExplainJson::sums_of_families(std::span<const double> contributions) const {
  std::vector<double> sums(quoted_families_.size());
  for (std::size_t f = 0; f < family_of_.size(); ++f) sums[family_of_[f]] += contributions[f];
  return sums;
}

std::string ExplainJson::write(std::span<const double> contributions,
                               std::span<const double> values,
                               std::span<const std::size_t> named) const {
  const std::span<const std::size_t> top = named.first(std::min(top_, named.size()));
  const std::span<const std::size_t> others = named.subspan(top.size());
  std::string text = "{\"base_value\":";
  append_number(text, contributions[quoted_.size()]);
  text += ",\"top_features\":[";
  for (const std::size_t feature : top) text += quoted_[feature] + ",";
  if (!top.empty()) text.pop_back();
  const auto append_object = [&](const char* key, std::span<const std::size_t> features,
                                 std::span<const double> numbers, auto append) {
    text += key;
    for (const std::size_t feature : features) {
      text += quoted_[feature] + ":";
      append(text, numbers[feature]);
      text += ',';
    }
    if (!features.empty()) text.pop_back();
  };
  append_object("],\"feature_contributions\":{", top, contributions, append_contribution);
  append_object("},\"feature_values\":{", top, values, append_number);
  if (!others.empty()) {
    append_object("},\"other_contributions\":{", others, contributions, append_contribution);
    append_object("},\"other_values\":{", others, values, append_number);
  }
  text += '}';
  if (family_of_.empty()) return text + "}";
  text += ",\"families\":";
  double sum = 0;      // of the families so far
  double written = 0;  // as they stand there
  char separator = '{';
  const std::vector<double> sums = sums_of_families(contributions);
  for (std::size_t family = 0; family < sums.size(); ++family) {
    text += std::exchange(separator, ',') + quoted_families_[family] + ":";
    sum += sums[family];
    // What the sum so far lacks: so the last digits of families add up to those of all.
    const double units = std::round(sum / kFamilyUnit) - std::round(written / kFamilyUnit);
    const bool is_usual = std::abs(units) < kLargestInUnits / kFamilyUnit;
    const double shown = is_usual ? (units + 0.0) / std::round(1 / kFamilyUnit) : sums[family];
    append_number(text, shown);
    written += shown;
  }
  return text + "}}";
}

std::string ExplainJson::text(std::span<const double> contributions,
                              std::span<const double> values) const {
  return write(contributions, values, by_size(contributions, top_));
}

std::string ExplainJson::full_text(std::span<const double> contributions,
                                   std::span<const double> values) const {
  const std::vector<std::size_t> order = by_size(contributions, std::max(top_, kMostNamed));
  std::vector<double> unnamed = sums_of_families(contributions);
  double all =
      std::accumulate(contributions.begin(),
                      contributions.begin() + static_cast<std::ptrdiff_t>(quoted_.size()), 0.0);
  const double most = std::abs(all) * kUnnamed;
  std::size_t named = 0;
  const auto is_enough = [&] {
    return named >= top_ && std::abs(all) <= most &&
           std::all_of(unnamed.begin(), unnamed.end(),
                       [&](double rest) { return std::abs(rest) <= most; });
  };
  while (named < order.size() && !is_enough()) {
    const std::size_t feature = order[named++];
    all -= contributions[feature];
    if (!family_of_.empty()) unnamed[family_of_[feature]] -= contributions[feature];
  }
  return write(contributions, values, std::span(order).first(named));
}

}  // namespace aml::results
