#include "models/day_profile.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numeric>

#include "base/error.h"
#include "metrics/distribution.h"

namespace aml::models {

namespace {

using Json = nlohmann::ordered_json;

double six_digits(double value) { return std::stod(fmt::format("{:.6g}", value)); }

Json column_json(const ProfiledColumn& column) {
  return {{"edges", column.histogram.edges},
          {"counts", column.histogram.counts},
          {"between_days", six_digits(column.between_days)}};
}

ProfiledColumn read_column(const Json& json) {
  ProfiledColumn column;
  json.at("edges").get_to(column.histogram.edges);
  json.at("counts").get_to(column.histogram.counts);
  json.at("between_days").get_to(column.between_days);
  const Histogram& histogram = column.histogram;
  const bool is_whole = histogram.counts.size() == histogram.edges.size() + 2 &&
                        std::is_sorted(histogram.edges.begin(), histogram.edges.end()) &&
                        std::all_of(histogram.counts.begin(), histogram.counts.end(),
                                    [](double count) { return count >= 0; });
  if (!is_whole) throw Error(ErrorKind::bad_input, "a histogram whose counts do not fit its edges");
  return column;
}

}  // namespace

double Histogram::rows() const { return std::accumulate(counts.begin(), counts.end(), 0.0); }

double Histogram::missing_share() const {
  const double all = rows();
  return all > 0 ? counts.back() / all : 0;
}

std::vector<double> tenth_edges(std::vector<double> values) {
  values.erase(std::remove_if(values.begin(), values.end(), [](double v) { return v != v; }),
               values.end());
  std::vector<double> edges;
  if (values.empty()) return edges;
  std::sort(values.begin(), values.end());
  constexpr std::size_t kTenths = 10;
  for (std::size_t i = 1; i < kTenths; ++i) {
    const double edge = six_digits(values[values.size() * i / kTenths]);
    if (edge > values.front() && (edges.empty() || edge > edges.back())) edges.push_back(edge);
  }
  // A value that fewer than a tenth of the rows differ from has its own bin.
  if (edges.empty() && values.back() > values.front()) {
    const double edge = six_digits(*std::upper_bound(values.begin(), values.end(), values.front()));
    if (edge > values.front()) edges.push_back(edge);
  }
  return edges;
}

Histogram make_histogram(std::vector<double> edges, std::span<const double> values) {
  Histogram histogram{std::move(edges), {}};
  histogram.counts.assign(histogram.edges.size() + 2, 0);
  const std::size_t missing = histogram.edges.size() + 1;
  for (const double value : values) {
    // Edges are few: to compare with each costs less than the branches of a search.
    std::size_t bin = 0;
    for (const double edge : histogram.edges) bin += value >= edge;
    ++histogram.counts[value != value ? missing : bin];
  }
  return histogram;
}

double stability_index(const Histogram& expected, const Histogram& actual) {
  const double bins = static_cast<double>(expected.counts.size());
  const double expected_rows = expected.rows() + bins / 2;
  const double actual_rows = actual.rows() + bins / 2;
  double index = 0;
  for (std::size_t bin = 0; bin < expected.counts.size(); ++bin) {
    const double p = (expected.counts[bin] + 0.5) / expected_rows;
    const double q = (actual.counts[bin] + 0.5) / actual_rows;
    index += (q - p) * std::log(q / p);
  }
  return index;
}

double expected_index(const Histogram& expected, const Histogram& actual) {
  const double n = std::max(1.0, expected.rows());
  const double m = std::max(1.0, actual.rows());
  return static_cast<double>(expected.counts.size() - 1) * (1 / n + 1 / m);
}

ProfiledColumn profile_column(std::span<const std::span<const double>> days) {
  std::vector<double> all;
  for (const auto& day : days) all.insert(all.end(), day.begin(), day.end());
  const std::vector<double> edges = tenth_edges(all);
  ProfiledColumn column{make_histogram(edges, all)};
  if (days.size() < 2) return column;
  column.between_days = 0;
  for (const auto& day : days) {
    const Histogram own = make_histogram(edges, day);
    Histogram others = column.histogram;
    for (std::size_t bin = 0; bin < own.counts.size(); ++bin) others.counts[bin] -= own.counts[bin];
    column.between_days = std::max(column.between_days, stability_index(others, own));
  }
  return column;
}

std::string profile_as_json(const DayProfile& profile) {
  const Json head{{"networks", profile.networks},
                  {"window_days", profile.window_days},
                  {"snapshot_sha256", profile.snapshot_sha256},
                  {"typologies", profile.typologies},
                  {"days", profile.days},
                  {"rows", profile.rows},
                  {"probabilities", column_json(profile.probabilities)}};
  const auto dump = [](const Json& json) {
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
  };
  std::string text = dump(head);
  text.pop_back();
  text += ",\n    \"features\":{";
  for (const auto& [name, column] : profile.features) {
    text += fmt::format("\n      {}:{},", dump(Json(name)), dump(column_json(column)));
  }
  if (!profile.features.empty()) text.pop_back();
  return text + "}}";
}

DayProfile parse_profile(const std::string& text, const std::string& where) {
  try {
    const Json json = Json::parse(text);
    DayProfile profile;
    json.at("networks").get_to(profile.networks);
    json.at("window_days").get_to(profile.window_days);
    json.at("snapshot_sha256").get_to(profile.snapshot_sha256);
    for (const auto& [name, count] : json.at("typologies").items()) {
      profile.typologies[name] = count.get<std::int64_t>();
    }
    json.at("days").get_to(profile.days);
    json.at("rows").get_to(profile.rows);
    profile.probabilities = read_column(json.at("probabilities"));
    for (const auto& [name, column] : json.at("features").items()) {
      profile.features[name] = read_column(column);
    }
    return profile;
  } catch (const nlohmann::json::exception& e) {
    throw Error(ErrorKind::bad_input, fmt::format("{}: {}", where, e.what()));
  } catch (const Error& e) {
    throw Error(ErrorKind::bad_input, fmt::format("{}: {}", where, e.what()));
  }
}

}  // namespace aml::models
