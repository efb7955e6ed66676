#include "features/quantities.h"

#include <fmt/format.h>

#include <regex>

#include "base/error.h"

namespace aml::features {
namespace {

// Texts in which {0} is the quantity.
constexpr const char* kLog = "  log_of(q.{0}) AS {0}";
constexpr const char* kSums =
    "  count(l.{0}) AS {0}_n,\n"
    "  sum_of(l.{0}) AS {0}_s,\n"
    "  sum_of_squares(l.{0}) AS {0}_q";
constexpr const char* kMoments =
    "  ratio(s.{0}_s, s.{0}_n) AS {0}_mean,\n"
    "  deviation(s.{0}_n, s.{0}_s, s.{0}_q) AS {0}_stddev";
constexpr const char* kFeatureLog = "  l.{0} AS log_{0}";
constexpr const char* kPercentile =
    "  CASE WHEN l.{0} IS NOT NULL THEN percent_rank() OVER (PARTITION BY l.window_days, "
    "l.processing_date ORDER BY l.{0} ASC NULLS FIRST) END AS {0}_percentile";
constexpr const char* kZscore =
    "  CASE WHEN d.{0}_stddev > 1.0e-6 THEN ratio(l.{0} - d.{0}_mean, d.{0}_stddev) WHEN l.{0} IS "
    "NOT NULL THEN 0.0e0 END AS {0}_zscore";

// A text for every quantity, as items of a select list.
std::string items(const std::vector<Feature>& quantities, const char* text) {
  std::string list;
  for (const Feature& quantity : quantities) {
    list += ",\n" + fmt::format(fmt::runtime(text), quantity.name);
  }
  return list;
}

SqlStep made(const SqlStep& file, const std::string& table, const std::string& sql,
             const SqlMacros& macros) {
  SqlStep step;
  step.file_name = file.file_name;
  step.table = table;
  step.file_text = file.file_text;
  step.sql.add_made(macros.expand(sql, file.file_name).text(), 0);
  return step;
}

Feature derived(const Feature& quantity, const std::string& name, const char* meaning,
                std::optional<FeatureRange> range) {
  Feature feature = quantity;
  feature.name = name;
  feature.group = "ranks";
  feature.unit = "";
  feature.range = range;
  const std::string of = quantity.meaning.empty() ? quantity.name : quantity.meaning;
  feature.meaning = fmt::format(fmt::runtime(meaning), of);
  return feature;
}

std::vector<Feature> rank_features(const std::vector<Feature>& quantities) {
  std::vector<Feature> features;
  for (const Feature& q : quantities) {
    features.push_back(
        derived(q, "log_" + q.name, "logarithm ln(1 + x) of: {}", FeatureRange{0.0, 40.0}));
  }
  for (const Feature& q : quantities) {
    features.push_back(derived(q, q.name + "_percentile",
                               "share of the day's others with less or unknown: {}",
                               FeatureRange{0.0, 1.0}));
  }
  for (const Feature& q : quantities) {
    features.push_back(derived(q, q.name + "_zscore",
                               "standard deviations of the logarithm from the day's mean: {}", {}));
  }
  return features;
}

void check_names(const SqlStep& step, const std::string& rows) {
  static const std::regex plain("[a-z][a-z0-9_]*");
  if (step.features.empty()) {
    throw Error(ErrorKind::bad_input,
                fmt::format("{}: it names no quantity: write expression AS name behind the {}_id",
                            step.file_name, rows));
  }
  for (const Feature& quantity : step.features) {
    if (std::regex_match(quantity.name, plain)) continue;
    throw Error(ErrorKind::bad_input,
                fmt::format("{}:{}: a quantity's name is of small letters, digits and _, because "
                            "others are made of it; {} is not",
                            step.file_name, quantity.line, quantity.name));
  }
}

}  // namespace

std::vector<SqlStep> expand_quantities(const SqlStep& step, RowKind kind, const SqlMacros& macros) {
  const std::string rows = row_kind_name(kind);
  const std::vector<Feature>& quantities = step.features;
  check_names(step, rows);
  SqlStep own = step;
  own.row_kind.reset();
  own.features.clear();
  SqlStep logs = made(step, rows + "_logs",
                      fmt::format("SELECT\n  k.{0}_id AS {0}_id,\n  k.window_days AS window_days,\n"
                                  "  k.processing_date AS processing_date{1}\nFROM {0}s AS k\n"
                                  "LEFT JOIN {0}_quantities AS q ON q.{0}_id = k.{0}_id",
                                  rows, items(quantities, kLog)),
                      macros);
  SqlStep statistics = made(
      step, rows + "_day_statistics",
      fmt::format("SELECT\n  s.window_days AS window_days,\n"
                  "  s.processing_date AS processing_date{1}\nFROM (\nSELECT\n"
                  "  l.window_days AS window_days,\n  l.processing_date AS processing_date{2}\n"
                  "FROM {0}_logs AS l\nGROUP BY l.window_days, l.processing_date\n) AS s",
                  rows, items(quantities, kMoments), items(quantities, kSums)),
      macros);
  SqlStep ranks =
      made(step, rows + "__ranks",
           fmt::format("SELECT\n  l.{0}_id AS {0}_id{1}{2}{3}\nFROM {0}_logs AS l\n"
                       "INNER JOIN {0}_day_statistics AS d ON d.window_days = l.window_days AND "
                       "d.processing_date = l.processing_date",
                       rows, items(quantities, kFeatureLog), items(quantities, kPercentile),
                       items(quantities, kZscore)),
           macros);
  ranks.row_kind = kind;
  ranks.group = "ranks";
  ranks.features = rank_features(quantities);
  return {std::move(own), std::move(logs), std::move(statistics), std::move(ranks)};
}

}  // namespace aml::features
