#include "api/routes.h"

namespace aml::api {

std::vector<Route> all_routes() {
  return {
      {"/scores/alerts/{date}", alert_scores, {.summary = "Scored alerts of a day"}},
      {"/rankings/alerts/{date}", alert_rankings, {.summary = "Alerts of a day by rank"}},
      {"/scores/clusters/{date}", cluster_scores, {.summary = "Scored clusters of a day"}},
      {"/alerts/{date}/scores", alert_scores, {.summary = "The same as /scores/alerts/{date}"}},
      {"/alerts/{date}/rankings",
       alert_rankings,
       {.summary = "The same as /rankings/alerts/{date}"}},
      {"/clusters/{date}/scores",
       cluster_scores,
       {.summary = "The same as /scores/clusters/{date}"}},
      {"/alerts/{date}/{alert_id}",
       one_alert,
       {.summary = "Score, rank and explanation of one alert"}},
      {"/clusters/{date}/{cluster_id}",
       one_cluster,
       {.summary = "Score and explanation of one cluster"}},
      {"/metadata/{date}",
       metadata,
       {.summary = "What a day's batch was made of, by what, in what time"}},
      {"/dates/available",
       available_dates,
       {.summary = "The days that have a batch, newest first"}},
      {"/dates/latest", latest_date, {.summary = "The newest day and when it was processed"}},
      {"/health", health, {.summary = "Whether there is anything to serve"}, true},
      {"/version", version, {.summary = "Versions of this interface and of the models"}},
  };
}

}  // namespace aml::api
