// The tools, one for each address worth asking.
#include <utility>
#include <vector>

#include "mcp/tools.h"

namespace aml::mcp {

namespace {

constexpr const char* kText = R"({"type":"string","maxLength":1024})";
constexpr const char* kYesNo = R"({"type":"boolean"})";
constexpr const char* kRows = R"({"type":"integer","minimum":1,"maximum":200})";
constexpr const char* kCount = R"({"type":"integer","minimum":0,"maximum":9007199254740991})";
constexpr const char* kScore = R"({"type":"number","minimum":0,"maximum":1})";

Argument date() {
  return {.name = "date",
          .description = "A processing date such as 2025-10-26, or \"latest\" (default)",
          .schema = kText,
          .otherwise = "latest"};
}

Argument day(const char* name, const char* description) {
  return {.name = name, .description = description, .schema = kText, .required = true};
}

Argument text(const char* name, const char* description) {
  return {.name = name, .description = description, .schema = kText, .required = true};
}

Argument optional(const char* name, const char* description, const char* schema,
                  const char* otherwise = "") {
  return {.name = name, .description = description, .schema = schema, .otherwise = otherwise};
}

std::vector<Argument> of_list() {
  return {date(), optional("limit", "At most so many rows (default: 20)", kRows, "20"),
          optional("offset", "After leaving out so many", kCount),
          optional("min_score", "Only rows with at least this score", kScore)};
}

std::vector<Argument> of_scores() {
  auto arguments = of_list();
  arguments.push_back(
      optional("explain", "Whether explanations come along (default: false)", kYesNo, "false"));
  return arguments;
}

std::vector<Tool> about_scores() {
  return {
      {"list_days", "The days that have a batch of scores, newest first", "/dates/available"},
      {"day_metadata",
       "What a day's batch was made of: models, inputs by sha256, counts, warnings, and whether "
       "the "
       "day is like those that the models learned from (fit)",
       "/metadata/{date}",
       {date()}},
      {"ranked_alerts", "A day's alerts by rank: the most suspicious first",
       "/rankings/alerts/{date}", of_list()},
      {"scored_alerts",
       "A day's alerts by id, with score, calibrated probability and, if asked, "
       "explanations",
       "/scores/alerts/{date}", of_scores()},
      {"scored_clusters", "A day's clusters by id, with score", "/scores/clusters/{date}",
       of_scores()},
      {"alert_detail",
       "One alert: score, probability, rank, and why: exact contributions of features in log-odds, "
       "by family and by feature",
       "/alerts/{date}/{alert_id}",
       {date(), text("alert_id", "The alert's id")}},
      {"cluster_detail",
       "One cluster: score and why",
       "/clusters/{date}/{cluster_id}",
       {date(), text("cluster_id", "The cluster's id")}},
      {"feature_meanings",
       "What the features in a day's explanations mean, their units, and their percentiles",
       "/features/{date}",
       {date()}},
      {"model_cards",
       "The cards of the models that scored a day: data, parameters, metrics, calibration",
       "/models/{date}",
       {date()}}};
}

std::vector<Tool> about_evidence() {
  return {
      {"alert_input",
       "What the producer said of an alert: address, typology, evidence, volume, its clusters",
       "/inputs/alerts/{date}/{alert_id}",
       {date(), text("alert_id", "The alert's id")}},
      {"address_history",
       "The alerts about an address over the newest days, with rank and score",
       "/addresses/{address}",
       {text("address", "The address"),
        optional("days", "Of how many of the newest days (default: 30)",
                 R"({"type":"integer","minimum":1,"maximum":90})", "30")}},
      {"address_flows",
       "Money flows around an address on a day: counterparties with amounts, counts, direction; if "
       "asked, the patterns in which it stands",
       "/flows/{date}/{address}",
       {date(), text("address", "The address"),
        optional("hops", "1 or 2 (default: 1)", R"({"type":"integer","minimum":1,"maximum":2})"),
        optional("limit", "Counterparties of each address (default: 20)",
                 R"({"type":"integer","minimum":1,"maximum":100})", "20"),
        optional("patterns", "Whether patterns come along (default: false)", kYesNo)}},
      {"address_transfers",
       "The dated transfers of an address on a day, in order of time",
       "/transfers/{date}/{address}",
       {date(), text("address", "The address"),
        optional("from", "From this time on, milliseconds since 1970", kCount),
        optional("to", "Before this time, milliseconds since 1970", kCount),
        optional("offset", "After leaving out so many", kCount),
        optional("limit", "At most so many transfers (default: 50)", kRows, "50")}}};
}

std::vector<Tool> all_of_api() {
  std::vector<Tool> tools = about_scores();
  for (Tool& tool : about_evidence()) tools.push_back(std::move(tool));
  return tools;
}

std::vector<Tool> all_of_cases() {
  return {
      {"case_of_alert",
       "Where an alert stands with the team: verdict, entries, what was decided on its address "
       "before. Confidential",
       "/cases/days/{date}/alerts/{alert_id}",
       {day("date", "A processing date such as 2025-10-26"), text("alert_id", "The alert's id")}},
      {"cases_of_day",
       "Where each alert of a day stands that something was done to. Confidential",
       "/cases/days/{date}",
       {day("date", "A processing date such as 2025-10-26")}},
      {"case_queues",
       "How many alerts of a day are open and decided in each queue. Confidential",
       "/cases/days/{date}/queues",
       {day("date", "A processing date such as 2025-10-26")}},
      {"cases_of_address",
       "What was decided on alerts of an address, on all days. Confidential",
       "/cases/addresses/{address}",
       {text("address", "The address")}},
      {"case_report",
       "Verdicts from one day to another, and how many among the first ranks. Confidential",
       "/cases/report",
       {day("from", "The first day"), day("to", "The last day")}}};
}

}  // namespace

std::span<const Tool> api_tools() {
  static const std::vector<Tool> kTools = all_of_api();
  return kTools;
}

std::vector<Tool> api_tools_of(const std::vector<std::string>& networks) {
  std::vector<Tool> tools(api_tools().begin(), api_tools().end());
  if (networks.empty()) return tools;
  std::string named;
  for (const std::string& network : networks) named += (named.empty() ? "" : ", ") + network;
  for (Tool& tool : tools) {
    const std::string words = "The network: one of " + named + " (default: the first)";
    tool.arguments.push_back(optional("network", words.c_str(), kText));
  }
  tools.push_back({"list_networks", "The networks that there are", "/networks"});
  return tools;
}

std::span<const Tool> case_tools() {
  static const std::vector<Tool> kTools = all_of_cases();
  return kTools;
}

}  // namespace aml::mcp
