#include "validation/public_columns.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <utility>

#include "base/hash.h"
#include "metrics/correlation.h"

namespace aml::validation {

namespace {

// Groups of a day that have columns of their own; those with fewer alerts are left to the trees.
constexpr std::size_t kMostGroups = 16;
constexpr std::size_t kFewestInGroup = 50;

using Column = std::vector<double>;

Column product(const Column& a, const Column& b) {
  Column result(a.size());
  for (std::size_t i = 0; i < a.size(); ++i) result[i] = a[i] * b[i];
  return result;
}

// Hermite polynomials of degree 2 and 3, which are orthogonal under a normal distribution.
void add_powers(const Column& normal, std::vector<Column>& columns) {
  Column square(normal.size());
  Column cube(normal.size());
  for (std::size_t i = 0; i < normal.size(); ++i) {
    const double x = normal[i];
    square[i] = x * x - 1;
    cube[i] = (x * x - 3) * x;
  }
  columns.push_back(std::move(square));
  columns.push_back(std::move(cube));
}

// Missing values as 0, and a column that says where they were.
std::pair<Column, Column> filled(const Column& values) {
  Column known(values.size());
  Column present;
  for (const double value : values) {
    if (!std::isnan(value)) present.push_back(value);
  }
  const Column ranks = present.empty() ? Column() : gaussian_ranks(present);
  Column normal(values.size());
  std::size_t at = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (std::isnan(values[i])) continue;
    known[i] = 1;
    normal[i] = ranks[at++];
  }
  return {std::move(normal), std::move(known)};
}

// The largest groups of a text, by size and then by name.
std::vector<std::string> largest_groups(const std::vector<std::string>& texts) {
  std::map<std::string, std::size_t> sizes;
  for (const std::string& text : texts) ++sizes[text];
  std::vector<std::pair<std::string, std::size_t>> groups(sizes.begin(), sizes.end());
  std::stable_sort(groups.begin(), groups.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  std::vector<std::string> names;
  for (const auto& [name, size] : groups) {
    if (names.size() < kMostGroups && size >= kFewestInGroup) names.push_back(name);
  }
  return names;
}

void add_blocks(const std::vector<std::string>& texts, const std::vector<Column>& models,
                std::vector<Column>& blocks) {
  for (const std::string& group : largest_groups(texts)) {
    Column inside(texts.size());
    for (std::size_t i = 0; i < texts.size(); ++i) inside[i] = texts[i] == group ? 1 : 0;
    for (const Column& model : models) {
      blocks.push_back(product(inside, model));
      blocks.push_back(product(blocks.back(), model));
    }
    blocks.push_back(std::move(inside));
  }
}

Column codes_of(const std::vector<std::string>& texts) {
  std::map<std::string, double> known;
  Column codes;
  for (const std::string& text : texts) {
    const auto [at, is_new] = known.try_emplace(text, 0);
    if (is_new) at->second = code_of(text);
    codes.push_back(at->second);
  }
  return codes;
}

// What the models say together.
void add_summary(const std::vector<Column>& models, std::vector<Column>& trees) {
  const std::size_t rows = models.front().size();
  Column mean(rows);
  Column highest(rows);
  Column spread(rows);
  for (std::size_t i = 0; i < rows; ++i) {
    double low = models.front()[i];
    highest[i] = low;
    for (const Column& model : models) {
      mean[i] += model[i] / static_cast<double>(models.size());
      low = std::min(low, model[i]);
      highest[i] = std::max(highest[i], model[i]);
    }
    spread[i] = highest[i] - low;
  }
  for (Column* column : {&mean, &highest, &spread}) trees.push_back(std::move(*column));
}

void add_history(const AddressHistory* history, std::size_t rows, PublicColumns& columns) {
  constexpr double kPriorAlerts = 2;  // alerts without a report that are added to each address
  Column share(rows, 0);
  Column known(rows, 0);
  if (history != nullptr) {
    for (std::size_t i = 0; i < rows; ++i) {
      share[i] = history->filed[i] / (history->alerts[i] + kPriorAlerts);
      known[i] = std::log1p(history->alerts[i]);
    }
  }
  columns.trees.push_back(share);
  columns.trees.push_back(known);
  columns.smooth.push_back(product(share, share));
  columns.smooth.push_back(product(share, known));
  columns.smooth.push_back(std::move(share));
  columns.smooth.push_back(std::move(known));
}

void add_labels(std::span<const Column> labels, const Column& stock, PublicColumns& columns) {
  for (const Column& label : labels) {
    columns.trees.push_back(label);
    columns.smooth.push_back(label);
    columns.smooth.push_back(product(label, stock));
  }
}

}  // namespace

std::vector<double> gaussian_ranks(std::span<const double> values) {
  const auto n = static_cast<double>(values.size());
  std::vector<double> normal = metrics::average_ranks(values);
  for (double& rank : normal) rank = metrics::normal_quantile((rank - 0.5) / n);
  return normal;
}

double code_of(const std::string& text) {
  constexpr std::size_t kDigits = 8;
  constexpr double kRange = 4294967296.0;  // 16^8
  const std::string digits = hash_text(HashKind::sha256, text).substr(0, kDigits);
  return static_cast<double>(std::stoul(digits, nullptr, 16)) / kRange;
}

PublicColumns public_columns(const PublicDay& day) {
  PublicColumns columns;
  const std::size_t rows = day.models.front().size();
  std::vector<Column> models;
  for (const std::span<const double> scores : day.models) models.push_back(gaussian_ranks(scores));

  columns.smooth.emplace_back(rows, 1.0);
  for (std::size_t m = 0; m < models.size(); ++m) {
    columns.trees.push_back(models[m]);
    columns.smooth.push_back(models[m]);
    add_powers(models[m], columns.smooth);
    for (std::size_t k = 0; k < m; ++k) columns.smooth.push_back(product(models[k], models[m]));
  }
  add_summary(models, columns.trees);
  const AlertFacts& facts = *day.facts;
  auto [confidence, known] = filled(facts.confidence);
  columns.trees.push_back(facts.confidence);
  columns.smooth.push_back(confidence);
  add_powers(confidence, columns.smooth);
  columns.smooth.push_back(product(confidence, models.front()));
  columns.smooth.push_back(std::move(known));
  columns.trees.push_back(codes_of(facts.severity));
  columns.trees.push_back(codes_of(facts.typology));
  add_history(day.history, rows, columns);
  add_labels(day.labels, models.front(), columns);

  models.push_back(std::move(confidence));
  add_blocks(facts.severity, models, columns.blocks);
  add_blocks(facts.typology, models, columns.blocks);
  return columns;
}

void add_public(PublicColumns& columns, std::span<const double> values) {
  Column normal = gaussian_ranks(values);
  columns.trees.push_back(normal);
  add_powers(normal, columns.smooth);
  columns.smooth.push_back(std::move(normal));
}

std::vector<std::span<const double>> views_of(std::span<const std::vector<double>> columns) {
  return {columns.begin(), columns.end()};
}

}  // namespace aml::validation
