#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "api/exchange.h"

namespace aml::api {

// One row of the table of routes. Every route answers GET and HEAD.
struct Route {
  const char* method;   // "GET"
  const char* pattern;  // "/alerts/{date}/{alert_id}": a segment in braces matches any one segment
  Answer (*answer)(const Exchange& exchange);
  const char* summary;  // one line
};

// All routes. Where two patterns match, the first wins. Add a row here to add one.
std::span<const Route> all_routes();

struct Match {
  const Route* route;
  std::map<std::string, std::string, std::less<>> path;  // what stands for the braces
};

// The route of a path, or nothing.
std::optional<Match> match_route(const std::vector<std::string>& segments);

// The lists: Accept chooses among JSON, NDJSON and the Parquet file; limit, offset, min_score and
// explain choose rows.
Answer alert_scores(const Exchange& exchange);
Answer alert_rankings(const Exchange& exchange);
Answer cluster_scores(const Exchange& exchange);

// One row of them.
Answer one_alert(const Exchange& exchange);
Answer one_cluster(const Exchange& exchange);

// What there is, and who made it.
Answer metadata(const Exchange& exchange);
Answer available_dates(const Exchange& exchange);
Answer latest_date(const Exchange& exchange);
Answer health(const Exchange& exchange);
Answer version(const Exchange& exchange);

}  // namespace aml::api
