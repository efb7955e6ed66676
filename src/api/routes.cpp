#include "api/routes.h"

#include <string_view>

namespace aml::api {

namespace {

constexpr Route kRoutes[] = {
    {"GET", "/scores/alerts/{date}", alert_scores, "Scored alerts of a day"},
    {"GET", "/rankings/alerts/{date}", alert_rankings, "Alerts of a day by rank"},
    {"GET", "/scores/clusters/{date}", cluster_scores, "Scored clusters of a day"},
    {"GET", "/alerts/{date}/scores", alert_scores, "The same as /scores/alerts/{date}"},
    {"GET", "/alerts/{date}/rankings", alert_rankings, "The same as /rankings/alerts/{date}"},
    {"GET", "/clusters/{date}/scores", cluster_scores, "The same as /scores/clusters/{date}"},
    {"GET", "/alerts/{date}/{alert_id}", one_alert, "Score, rank and explanation of one alert"},
    {"GET", "/clusters/{date}/{cluster_id}", one_cluster, "Score and explanation of one cluster"},
    {"GET", "/metadata/{date}", metadata, "What a day's batch was made of, by what, in what time"},
    {"GET", "/dates/available", available_dates, "The days that have a batch, newest first"},
    {"GET", "/dates/latest", latest_date, "The newest day and when it was processed"},
    {"GET", "/health", health, "Whether there is anything to serve"},
    {"GET", "/version", version, "Versions of this interface and of the models"},
};

// "{alert_id}" → "alert_id"; nothing for a segment that stands for itself.
std::optional<std::string_view> parameter_name(std::string_view segment) {
  if (!segment.starts_with('{')) return std::nullopt;
  return segment.substr(1, segment.size() - 2);
}

bool is_dots(std::string_view segment) { return segment == "." || segment == ".."; }

std::optional<Match> match(const Route& route, const std::vector<std::string>& segments) {
  Match found{&route, {}};
  std::string_view pattern = route.pattern;
  for (const std::string& segment : segments) {
    if (pattern.empty()) return std::nullopt;
    pattern.remove_prefix(1);  // the slash
    const std::string_view expected = pattern.substr(0, pattern.find('/'));
    pattern.remove_prefix(expected.size());
    if (const auto name = parameter_name(expected)) {
      if (segment.empty() || is_dots(segment)) return std::nullopt;
      found.path.emplace(*name, segment);
    } else if (segment != expected) {
      return std::nullopt;
    }
  }
  if (!pattern.empty()) return std::nullopt;
  return found;
}

}  // namespace

std::span<const Route> all_routes() { return kRoutes; }

std::optional<Match> match_route(const std::vector<std::string>& segments) {
  for (const Route& route : kRoutes) {
    if (auto found = match(route, segments)) return found;
  }
  return std::nullopt;
}

}  // namespace aml::api
