#include "results/explain_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <nlohmann/json.hpp>
#include <numeric>

namespace aml::results {

namespace {

// JSON knows neither NaN nor infinity.
void append_number(std::string& text, double value) {
  if (std::isfinite(value)) {
    fmt::format_to(std::back_inserter(text), "{}", value);
  } else {
    text += "null";
  }
}

}  // namespace

ExplainJson::ExplainJson(const std::vector<std::string>& names, std::size_t top) : top_(top) {
  for (const std::string& name : names) {
    quoted_.push_back(
        nlohmann::json(name).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
  }
}

std::string ExplainJson::text(std::span<const double> contributions,
                              std::span<const double> values) const {
  std::vector<std::size_t> order(quoted_.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const std::size_t candidates = std::min(top_, order.size());
  const auto middle = order.begin() + static_cast<std::ptrdiff_t>(candidates);
  std::partial_sort(order.begin(), middle, order.end(), [&](std::size_t a, std::size_t b) {
    const double size_a = std::abs(contributions[a]);
    const double size_b = std::abs(contributions[b]);
    return size_a != size_b ? size_a > size_b : a < b;
  });
  const auto end = std::find_if(order.begin(), middle,
                                [&](std::size_t feature) { return contributions[feature] == 0; });
  const std::span<const std::size_t> top(order.begin(), end);

  std::string text = "{\"base_value\":";
  append_number(text, contributions[quoted_.size()]);
  text += ",\"top_features\":[";
  for (const std::size_t feature : top) text += quoted_[feature] + ",";
  if (!top.empty()) text.pop_back();
  const auto append_object = [&](const char* key, std::span<const double> numbers) {
    text += key;
    for (const std::size_t feature : top) {
      text += quoted_[feature] + ":";
      append_number(text, numbers[feature]);
      text += ',';
    }
    if (!top.empty()) text.pop_back();
  };
  append_object("],\"feature_contributions\":{", contributions);
  append_object("},\"feature_values\":{", values);
  text += "}}";
  return text;
}

}  // namespace aml::results
