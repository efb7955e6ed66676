#include "commands/review_report.h"

#include <fmt/format.h>

#include <iterator>
#include <nlohmann/json.hpp>

namespace aml::commands {

namespace {

using Json = nlohmann::ordered_json;
using metrics::Interval;

Json as_json(const std::optional<Interval>& interval) {
  return interval ? Json::array({interval->low, interval->high}) : Json(nullptr);
}

std::string limits(const std::optional<Interval>& interval) {
  return interval ? fmt::format("{},{}", interval->low, interval->high) : ",";
}

// A text as a field of CSV.
std::string field(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char letter : text) quoted += letter == '"' ? "\"\"" : std::string(1, letter);
  return quoted + "\"";
}

}  // namespace

Json review_json(const validation::ReviewPoint& point) {
  return {{"reviews", point.reviews},
          {"found", point.found},
          {"found_interval", as_json(point.found_interval)},
          {"precision", point.precision},
          {"precision_interval", as_json(point.precision_interval)},
          {"recall", point.recall},
          {"recall_interval", as_json(point.recall_interval)}};
}

std::string review_in_words(const validation::ReviewPoint& point) {
  const auto between = [](const std::optional<Interval>& interval, double factor) {
    return interval
               ? fmt::format(" [{:.1f}, {:.1f}]", factor * interval->low, factor * interval->high)
               : "";
  };
  constexpr double kPercent = 100;
  return fmt::format(
      "{} reviews find {:.1f}{} reports: {:.1f} %{} of the reviewed, {:.1f} %{} of all\n",
      point.reviews, point.found, between(point.found_interval, 1), kPercent * point.precision,
      between(point.precision_interval, kPercent), kPercent * point.recall,
      between(point.recall_interval, kPercent));
}

std::string curve_as_csv(std::span<const validation::ReviewPoint> points) {
  std::string csv =
      "reviews,found,found_low,found_high,precision,precision_low,precision_high,recall,"
      "recall_low,recall_high\n";
  for (const validation::ReviewPoint& point : points) {
    fmt::format_to(std::back_inserter(csv), "{},{},{},{},{},{},{}\n", point.reviews, point.found,
                   limits(point.found_interval), point.precision, limits(point.precision_interval),
                   point.recall, limits(point.recall_interval));
  }
  return csv;
}

Json tenths_json(std::span<const validation::LabelledTenth> tenths) {
  Json json = Json::array();
  for (const validation::LabelledTenth& tenth : tenths) {
    json.push_back({{"from", tenth.from},
                    {"to", tenth.to},
                    {"alerts", tenth.alerts},
                    {"labelled", tenth.labelled},
                    {"share", tenth.share()}});
  }
  return json;
}

std::string sample_as_csv(const ScoreFile& file, std::span<const validation::SampledAlert> sample) {
  std::string csv = "alert_id,score,stratum,weight\n";
  for (const validation::SampledAlert& alert : sample) {
    fmt::format_to(std::back_inserter(csv), "{},{},{},{}\n", field(file.ids[alert.row]),
                   file.scores[alert.row], alert.stratum, alert.weight);
  }
  return csv;
}

}  // namespace aml::commands
