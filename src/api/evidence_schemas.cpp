#include "api/evidence_schemas.h"

namespace aml::api {

namespace {

constexpr const char* kJson = "application/json";
constexpr const char* kTag = "Evidence";

constexpr const char* kTable = R"json({"type":"object",
  "required":["processing_date","network","window_days","inputs","columns"],"properties":{
  "processing_date":{"type":"string","format":"date"},
  "network":{"type":"string"},
  "window_days":{"type":"integer","minimum":0},
  "inputs":{"type":"object","required":["alerts","clusters","money_flows","same_snapshot"],
    "properties":{
      "alerts":{"$ref":"#/components/schemas/InputState"},
      "clusters":{"$ref":"#/components/schemas/InputState"},
      "money_flows":{"$ref":"#/components/schemas/InputState"},
      "same_snapshot":{"type":["boolean","null"],
        "description":"whether the alerts are those that the batch was made from"}}},
  "columns":{"type":"object","description":"one value per alert in each, by rank; null without input",
    "required":["alert_id","rank","score","rank_score","address","typology_type","severity",
      "suspected_address_type","volume_usd","alert_confidence_score","cluster_id"],
    "properties":{
      "alert_id":{"type":"array","items":{"type":"string"}},
      "rank":{"type":"array","items":{"type":["integer","null"],"minimum":1}},
      "score":{"type":"array","items":{"type":"number","minimum":0,"maximum":1}},
      "rank_score":{"type":"array","items":{"type":["number","null"]}},
      "probability":{"type":"array","items":{"type":["number","null"]},"description":"of a report, to four decimals; null of a model without a calibration"},
      "sanctioned":{"type":"array","items":{"type":["integer","null"]},"description":"1 where the alert's address is on a sanctions list; only where process was told of lists"},
      "address":{"type":["array","null"],"items":{"type":["string","null"]}},
      "typology_type":{"$ref":"#/components/schemas/Dictionary"},
      "severity":{"$ref":"#/components/schemas/Dictionary"},
      "risk_indicators":{"$ref":"#/components/schemas/Dictionary"},
      "suspected_address_type":{"$ref":"#/components/schemas/Dictionary"},
      "volume_usd":{"type":["array","null"],"items":{"type":["number","null"]}},
      "alert_confidence_score":{"type":["array","null"],"items":{"type":["number","null"]}},
      "cluster_id":{"$ref":"#/components/schemas/Dictionary"},
      "assets":{"$ref":"#/components/schemas/Dictionary"},
      "known_as":{"$ref":"#/components/schemas/Dictionary"}}}}})json";

constexpr const char* kTableExample = R"json({"processing_date":"2025-10-26","network":"bitcoin",
  "window_days":7,"inputs":{"alerts":"read","clusters":"read","money_flows":"read",
  "same_snapshot":true},"columns":{"alert_id":["b61f079c","99f63838"],"rank":[1,2],
  "score":[0.9941,0.995],"rank_score":[0.9948,0.9947],"address":["bc1qh0uyp3","bc1qnqpayx"],
  "typology_type":{"values":["STRUCTURING"],"codes":[0,0]},
  "severity":{"values":["high","low"],"codes":[0,1]},
  "suspected_address_type":{"values":["wallet"],"codes":[0,null]},
  "volume_usd":[114991.2,26940.5],"alert_confidence_score":[0.5,0.58],
  "cluster_id":{"values":["cluster-17"],"codes":[null,0]}}})json";

constexpr const char* kDictionary = R"json({"anyOf":[{"type":"null"},{"type":"object",
  "required":["values","codes"],"properties":{
    "values":{"type":"array","items":{"type":"string"}},
    "codes":{"type":"array","items":{"type":["integer","null"],"minimum":0},
      "description":"positions in values"}}}]})json";

constexpr const char* kAlertInput = R"json({"type":"object",
  "required":["processing_date","network","window_days","alert_id","address","clusters"],
  "description":"a row of alerts.parquet; what the file lacks is null","properties":{
  "processing_date":{"type":"string","format":"date"},
  "network":{"type":"string"},
  "window_days":{"type":["integer","null"]},
  "alert_id":{"type":"string"},
  "address":{"type":["string","null"]},
  "typology_type":{"type":["string","null"]},
  "pattern_id":{"type":["string","null"]},
  "pattern_type":{"type":["string","null"]},
  "severity":{"type":["string","null"]},
  "suspected_address_type":{"type":["string","null"]},
  "suspected_address_subtype":{"type":["string","null"]},
  "alert_confidence_score":{"type":["number","null"]},
  "description":{"type":["string","null"]},
  "volume_usd":{"type":["number","null"]},
  "evidence_json":{"type":["string","null"],"contentMediaType":"application/json"},
  "risk_indicators":{"type":["array","null"],"items":{"type":["string","null"]}},
  "clusters":{"type":["array","null"],"maxItems":20,
    "description":"null where clusters.parquet is missing or damaged",
    "items":{"$ref":"#/components/schemas/ClusterInput"}},
  "known":{"$ref":"#/components/schemas/Known"}}})json";

constexpr const char* kKnown = R"json({"type":"object",
  "description":"by address whom the labels say it is, of those that the answer mentions; only of a batch for which process was given labels",
  "additionalProperties":{"type":"array","minItems":1,"items":{"type":"object",
    "required":["category","label","risk_level","source","is_bad","known_since"],"properties":{
      "category":{"enum":["sanctions","mixer","scam","theft","ransomware","darknet","other_bad","exchange","service","other_good","other"]},
      "label":{"type":"string"},
      "risk_level":{"type":"string"},
      "source":{"type":"string","description":"who says so; else the file's name"},
      "is_bad":{"type":"boolean"},
      "known_since":{"type":"string","format":"date-time"}}}}})json";

constexpr const char* kClusterInput = R"json({"type":"object",
  "required":["cluster_id","score","related_alert_ids","addresses_involved"],
  "description":"a row of clusters.parquet and its score; what the file lacks is null",
  "properties":{
  "cluster_id":{"type":"string"},
  "score":{"type":["number","null"],"minimum":0,"maximum":1},
  "cluster_type":{"type":["string","null"]},
  "primary_address":{"type":["string","null"]},
  "pattern_id":{"type":["string","null"]},
  "primary_alert_id":{"type":["string","null"]},
  "total_alerts":{"type":["integer","null"]},
  "total_volume_usd":{"type":["number","null"]},
  "severity_max":{"type":["string","null"]},
  "confidence_avg":{"type":["number","null"]},
  "earliest_alert_timestamp":{"type":["integer","null"],"description":"ms since 1970"},
  "latest_alert_timestamp":{"type":["integer","null"],"description":"ms since 1970"},
  "related_alert_ids":{"type":["array","null"],"maxItems":200,"items":{"type":["string","null"]}},
  "addresses_involved":{"type":["array","null"],"maxItems":200,
    "items":{"type":["string","null"]}}}})json";

constexpr const char* kFlowTotal = R"json({"type":"object",
  "required":["counterparties","transfers","amount_usd"],"properties":{
  "counterparties":{"type":"integer","minimum":0},
  "transfers":{"type":"integer","minimum":0},
  "amount_usd":{"type":"number"}}})json";

constexpr const char* kFlows = R"json({"type":"object",
  "required":["processing_date","network","window_days","address","hops","incoming","outgoing",
    "nodes","edges"],"properties":{
  "processing_date":{"type":"string","format":"date"},
  "network":{"type":"string"},
  "window_days":{"type":"integer","minimum":0},
  "address":{"type":"string"},
  "hops":{"type":"integer","minimum":1,"maximum":2},
  "incoming":{"$ref":"#/components/schemas/FlowTotal"},
  "outgoing":{"$ref":"#/components/schemas/FlowTotal"},
  "nodes":{"type":"array","items":{"type":"object",
    "required":["address","hop","flows","is_service"],"properties":{
      "address":{"type":"string"},
      "hop":{"type":"integer","minimum":0,"maximum":2},
      "flows":{"type":"integer","minimum":0,
        "description":"how many addresses it pays and is paid by"},
      "is_service":{"type":"boolean","description":"more than 500 flows: nothing is followed through it"}}}},
  "edges":{"type":"array","items":{"type":"object",
    "required":["source_address","dest_address","transfers","amount_usd","first_timestamp",
      "last_timestamp","on_cycle"],"properties":{
      "source_address":{"type":"string"},
      "dest_address":{"type":"string"},
      "transfers":{"type":"integer","minimum":0},
      "amount_usd":{"type":"number"},
      "first_timestamp":{"type":["integer","null"],"description":"ms since 1970"},
      "last_timestamp":{"type":["integer","null"],"description":"ms since 1970"},
      "on_cycle":{"type":"boolean",
        "description":"on a way of at most four steps from the address back to it"}}}},
  "patterns":{"type":"array","maxItems":8,"description":"with patterns=true: the largest patterns of money in which the address stands",
    "items":{"type":"object",
    "required":["pattern_type","pattern_addresses","transfers","amount_usd","first_timestamp",
      "last_timestamp","addresses"],"properties":{
      "pattern_type":{"enum":["cycle","scatter_gather","chain","peeling"]},
      "pattern_addresses":{"type":"integer","minimum":1,"description":"different addresses in it"},
      "transfers":{"type":"integer","minimum":1},
      "amount_usd":{"type":"number","description":"that goes out of its first address by it"},
      "first_timestamp":{"type":["integer","null"],"description":"ms since 1970"},
      "last_timestamp":{"type":["integer","null"],"description":"ms since 1970"},
      "addresses":{"type":"array","maxItems":24,"items":{"type":"string"},
        "description":"the first ones, in the order of its transfers"}}}},
  "known":{"$ref":"#/components/schemas/Known"}}})json";

constexpr const char* kAddressDays = R"json({"type":"object",
  "required":["address","days_searched","days"],"properties":{
  "address":{"type":"string"},
  "days_searched":{"type":"integer","minimum":1},
  "days":{"type":"array","description":"newest first, without days that have no alert about it","items":{"type":"object",
    "required":["processing_date","has_batch","alerts"],"properties":{
      "processing_date":{"type":"string","format":"date"},
      "has_batch":{"type":"boolean","description":"false: only a small file is left of the day, and no other path answers for it"},
      "alerts":{"type":["array","null"],"maxItems":100,"description":"by rank; null where the day's input is missing or damaged",
        "items":{"type":"object","required":["alert_id","rank","score","typology_type","severity","volume_usd"],"properties":{
          "alert_id":{"type":"string"},
          "rank":{"type":["integer","null"],"minimum":1},
          "score":{"type":"number","minimum":0,"maximum":1},
          "typology_type":{"type":["string","null"]},
          "severity":{"type":["string","null"]},
          "volume_usd":{"type":["number","null"]}}}}}}}}})json";

constexpr const char* kFlowsExample = R"json({"processing_date":"2025-10-26","network":"bitcoin",
  "window_days":7,"address":"bc1quy","hops":1,
  "incoming":{"counterparties":1,"transfers":1,"amount_usd":985.2},
  "outgoing":{"counterparties":0,"transfers":0,"amount_usd":0},
  "nodes":[{"address":"bc1quy","hop":0,"flows":1,"is_service":false},
           {"address":"bc1qtf","hop":1,"flows":8120,"is_service":true}],
  "edges":[{"source_address":"bc1qtf","dest_address":"bc1quy","transfers":1,"amount_usd":985.2,
            "first_timestamp":1761210917000,"last_timestamp":1761210917000,
            "on_cycle":false}]})json";

constexpr const char* kTransfers = R"json({"type":"object",
  "required":["processing_date","network","window_days","address","total_transfers","offset",
    "transfers"],"properties":{
  "processing_date":{"type":"string","format":"date"},
  "network":{"type":"string"},
  "window_days":{"type":"integer","minimum":0},
  "address":{"type":"string"},
  "total_transfers":{"type":"integer","minimum":0,"description":"rows within from and to"},
  "offset":{"type":"integer","minimum":0},
  "transfers":{"type":"array","maxItems":1000,"items":{"$ref":"#/components/schemas/TransferRow"}},
  "known":{"$ref":"#/components/schemas/Known"},
  "timeline":{"type":["object","null"],"description":"with bins: USD by time",
    "required":["begin","end","incoming_usd","outgoing_usd"],"properties":{
      "begin":{"type":"integer","description":"ms since 1970, the first transfer's"},
      "end":{"type":"integer","description":"ms since 1970, a second after the last transfer"},
      "incoming_usd":{"type":"array","maxItems":400,"items":{"type":"number"}},
      "outgoing_usd":{"type":"array","maxItems":400,"items":{"type":"number"}},
      "known":{"type":"array","maxItems":100,"items":{"$ref":"#/components/schemas/TransferRow"},
        "description":"the largest transfers from and to known addresses, by time; only where there is a member known"}}}}})json";

constexpr const char* kTransferRow = R"json({"type":"object",
    "required":["direction","address","amount_usd","transfers","timestamp","last_timestamp",
      "is_change","is_consolidation"],"properties":{
      "direction":{"enum":["in","out"]},
      "address":{"type":"string","description":"the other end"},
      "amount_usd":{"type":["number","null"],"description":"null: the price is not known"},
      "transfers":{"type":"integer","minimum":1,"description":"that the row stands for"},
      "timestamp":{"type":["integer","null"],"description":"ms since 1970, the first one's"},
      "last_timestamp":{"type":["integer","null"],"description":"ms since 1970"},
      "is_change":{"type":"boolean","description":"to an address that pays in the same transaction"},
      "is_consolidation":{"type":"boolean","description":"of several payers of one transaction that pays to nobody else"}}})json";

constexpr const char* kTransfersExample =
    R"json({"processing_date":"2025-10-26","network":"bitcoin",
  "window_days":7,"address":"bc1quy","total_transfers":1,"offset":0,
  "transfers":[{"direction":"in","address":"bc1qtf","amount_usd":985.2,"transfers":1,
    "timestamp":1761210917000,"last_timestamp":1761210917000,"is_change":false,
    "is_consolidation":false}]})json";

http::RouteDoc doc(const char* summary, const char* schema, const char* example = "") {
  return {.summary = summary, .tag = kTag, .bodies = {{kJson, schema, example}}, .is_tagged = true};
}

}  // namespace

http::RouteDoc alert_table_doc() {
  return doc("All alerts of a day by rank with their inputs, column by column", "AlertTable",
             kTableExample);
}

http::RouteDoc alert_input_doc() {
  return doc("What the day's input says of an alert and its clusters", "AlertInput");
}

http::RouteDoc address_flows_doc() {
  http::RouteDoc flows = doc("Money flows around an address", "Flows", kFlowsExample);
  flows.query = {{"hops", "2: the largest counterparties' own counterparties too",
                  R"({"type":"integer","minimum":1,"maximum":2,"default":1})", "1"},
                 {"limit", "At most so many counterparties that pay, and that are paid",
                  R"({"type":"integer","minimum":1,"maximum":100,"default":24})", "24"},
                 {"patterns", "true: also the patterns of money in which the address stands",
                  R"({"type":"boolean","default":false})", "true"}};
  return flows;
}

http::RouteDoc address_transfers_doc() {
  http::RouteDoc transfers =
      doc("Transfers of an address in order of time", "Transfers", kTransfersExample);
  transfers.query = {{"from", "Only those from this moment on, in ms since 1970",
                      R"({"type":"integer","minimum":0,"maximum":4294967296000})", "1761210000000"},
                     {"to", "Only those before this moment",
                      R"({"type":"integer","minimum":0,"maximum":4294967296000})", "1761220000000"},
                     {"offset", "How many of them to pass over",
                      R"({"type":"integer","minimum":0,"maximum":100000000,"default":0})", "0"},
                     {"limit", "At most so many",
                      R"({"type":"integer","minimum":1,"maximum":1000,"default":100})", "100"},
                     {"bins", "Also what went in and out in so many parts of the time",
                      R"({"type":"integer","minimum":1,"maximum":400})", "120"}};
  return transfers;
}

http::RouteDoc address_days_doc() {
  http::RouteDoc days = doc("The alerts about an address over the days", "AddressDays");
  days.query = {{"days", "Of how many of the newest days",
                 R"({"type":"integer","minimum":1,"maximum":90,"default":30})", "30"}};
  return days;
}

std::vector<std::pair<std::string, std::string>> evidence_schemas() {
  return {
      {"AlertTable", kTable},
      {"Dictionary", kDictionary},
      {"InputState", R"({"enum":["read","absent","unreadable"]})"},
      {"AlertInput", kAlertInput},
      {"ClusterInput", kClusterInput},
      {"FlowTotal", kFlowTotal},
      {"Flows", kFlows},
      {"Transfers", kTransfers},
      {"TransferRow", kTransferRow},
      {"Known", kKnown},
      {"AddressDays", kAddressDays},
  };
}

}  // namespace aml::api
