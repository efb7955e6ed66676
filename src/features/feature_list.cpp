#include "features/feature_list.h"

#include <fmt/format.h>

#include <charconv>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "features/day_percentiles.h"
#include "features/run_sql.h"

namespace aml::features {
namespace {

using Json = nlohmann::ordered_json;

std::size_t count_features(const FeatureSql& sql, RowKind kind) {
  std::size_t count = 0;
  for (const SqlStep& step : sql.steps) {
    if (step.row_kind == kind) count += step.features.size();
  }
  return count;
}

double six_digits(double value) {
  const std::string text = fmt::format("{:.6g}", value);
  double rounded = value;
  std::from_chars(text.data(), text.data() + text.size(), rounded);
  return rounded;
}

std::string cell(const std::string& text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '|') escaped += '\\';
    escaped += c;
  }
  return escaped;
}

Json as_json(const Feature& feature) {
  Json json{{"name", feature.name},       {"rows", row_kind_name(feature.row_kind)},
            {"group", feature.group},     {"family", family_of(feature)},
            {"meaning", feature.meaning}, {"unit", feature.unit},
            {"range", nullptr},           {"file", feature.file_name},
            {"line", feature.line}};
  if (feature.range) json["range"] = feature.range->text();
  return json;
}

}  // namespace

std::string list_as_text(const FeatureSql& sql) {
  std::string text;
  for (const RowKind kind : {RowKind::alert, RowKind::cluster}) {
    for (const SqlStep& step : sql.steps) {
      if (step.row_kind != kind) continue;
      text += fmt::format("{}{} ({})\n", text.empty() ? "" : "\n", step.table, step.file_name);
      for (const Feature& feature : step.features) {
        text += fmt::format("  {:<32} {}\n", feature.name, describe(feature));
      }
    }
  }
  return text;
}

std::string list_as_markdown(const FeatureSql& sql) {
  std::string text =
      "# The features\n\nWhat the models see, made by `aml-miner features --markdown` of the "
      "comments beside the expressions in `src/features/sql`\n([features.md](features.md)). A "
      "missing value is in every range.\n";
  for (const RowKind kind : {RowKind::alert, RowKind::cluster}) {
    text += fmt::format("\n## {} features of {}s\n", count_features(sql, kind),
                        kind == RowKind::alert ? "alert" : "cluster");
    for (const SqlStep& step : sql.steps) {
      if (step.row_kind != kind) continue;
      text += fmt::format(
          "\n### {}\n\n`{}`, family {}\n\n| feature | meaning | unit | range "
          "|\n|---|---|---|---|\n",
          step.group, step.file_name, family_of(step.features.front()));
      for (const Feature& feature : step.features) {
        text += fmt::format("| `{}` | {} | {} | {} |\n", feature.name, cell(feature.meaning),
                            cell(feature.unit), feature.range ? feature.range->text() : "");
      }
    }
  }
  return text;
}

std::string list_as_json(const FeatureSql& sql) {
  Json features = Json::array();
  Json steps = Json::array();
  for (const SqlStep& step : sql.steps) {
    for (const Feature& feature : step.features) features.push_back(as_json(feature));
    steps.push_back({{"file", step.file_name},
                     {"table", step.table},
                     {"is_group", step.is_group()},
                     {"sql", statement_of(step)}});
  }
  const Json json{{"whole_feature_sql_sha256", sql.identity.whole},
                  {"features", std::move(features)},
                  {"steps", std::move(steps)}};
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string steps_as_sql(const FeatureSql& sql) {
  std::string text;
  for (const SqlStep& step : sql.steps) {
    text += fmt::format("{}-- {}: {}\n{};\n", text.empty() ? "" : "\n", step.file_name, step.table,
                        statement_of(step));
  }
  return text;
}

std::string registry_as_json(const std::vector<Feature>& registry, const FeatureMatrix& alerts,
                             const FeatureMatrix& clusters) {
  Json json{{"alerts", Json::array()}, {"clusters", Json::array()}, {"percentiles", kPercentiles}};
  std::size_t next[] = {0, 0};  // column of the alerts', of the clusters' matrix
  for (const Feature& feature : registry) {
    const bool is_alerts = feature.row_kind == RowKind::alert;
    const FeatureMatrix& matrix = is_alerts ? alerts : clusters;
    Json entry{{"name", feature.name},         {"group", feature.group},
               {"family", family_of(feature)}, {"meaning", feature.meaning},
               {"unit", feature.unit},         {"range", nullptr},
               {"percentiles", Json::array()}};
    if (feature.range) entry["range"] = feature.range->text();
    for (const double value : percentiles_of(matrix.columns.at(next[is_alerts ? 0 : 1]++))) {
      entry["percentiles"].push_back(six_digits(value));
    }
    json[is_alerts ? "alerts" : "clusters"].push_back(std::move(entry));
  }
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

void require_meanings(const FeatureSql& sql) {
  std::string missing;
  for (const SqlStep& step : sql.steps) {
    for (const Feature& feature : step.features) {
      if (!feature.meaning.empty()) continue;
      missing += fmt::format("\n{}:{}: {}", feature.file_name, feature.line, feature.name);
    }
  }
  if (missing.empty()) return;
  throw Error(
      ErrorKind::bad_input,
      "features without a meaning: write \"-- meaning; unit; range\" behind each" + missing);
}

std::string value_schema(const FeatureSql& sql, RowKind kind) {
  Json properties = Json::object();
  for (const SqlStep& step : sql.steps) {
    if (step.row_kind != kind) continue;
    for (const Feature& feature : step.features) {
      Json schema{{"type", {"number", "null"}}};
      if (!feature.meaning.empty()) schema["description"] = describe(feature);
      if (feature.range && feature.range->least) schema["minimum"] = *feature.range->least;
      if (feature.range && feature.range->greatest) schema["maximum"] = *feature.range->greatest;
      properties[feature.name] = std::move(schema);
    }
  }
  return Json{{"type", "object"}, {"properties", std::move(properties)}}.dump();
}

}  // namespace aml::features
