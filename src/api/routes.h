#pragma once

#include <string>
#include <vector>

#include "api/exchange.h"
#include "http/route.h"

namespace aml::api {

// One row of the table of routes. Every route answers GET and HEAD.
struct Route {
  std::string pattern;  // "/alerts/{date}/{alert_id}", see http::Route
  Answer (*answer)(const Exchange& exchange);
  http::RouteDoc doc;
  bool open = false;
};

// All routes. Where two patterns match, the first wins. Add a row here to add one.
std::vector<Route> all_routes();

// The lists: Accept chooses among JSON, NDJSON and the Parquet file; limit, offset, min_score and
// explain choose rows.
Answer alert_scores(const Exchange& exchange);
Answer alert_rankings(const Exchange& exchange);
Answer cluster_scores(const Exchange& exchange);

// One row of them.
Answer one_alert(const Exchange& exchange);
Answer one_cluster(const Exchange& exchange);

// What the day's input says: all alerts with their inputs, one of them, flows of an address.
Answer alert_table(const Exchange& exchange);
Answer alert_input(const Exchange& exchange);
Answer address_flows(const Exchange& exchange);
Answer address_transfers(const Exchange& exchange);
// The alerts about an address on the newest days.
Answer address_days(const Exchange& exchange);

// What there is, and who made it.
Answer metadata(const Exchange& exchange);
Answer feature_meanings(const Exchange& exchange);
Answer model_cards(const Exchange& exchange);
Answer available_dates(const Exchange& exchange);
Answer latest_date(const Exchange& exchange);
Answer commitment_state(const Exchange& exchange);
Answer health(const Exchange& exchange);
Answer alive(const Exchange& exchange);
Answer ready(const Exchange& exchange);
Answer version(const Exchange& exchange);

}  // namespace aml::api
