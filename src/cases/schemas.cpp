#include "cases/schemas.h"

#include <fmt/format.h>

#include <string>
#include <utility>

#include "cases/requests.h"
#include "cases/store.h"
#include "cases/users.h"

namespace aml::cases {

namespace {

constexpr const char* kJson = "application/json";
constexpr const char* kTag = "Cases";
constexpr const char* kText = R"({"type":"string"})";
constexpr const char* kDay = R"({"type":"string","format":"date"})";

http::RouteDoc read_doc(const char* summary, const char* schema) {
  return {.summary = summary, .tag = kTag, .bodies = {{kJson, schema}}, .refusals = {401, 403}};
}

http::RouteDoc write_doc(const char* summary, const char* request, const char* schema,
                         const char* example) {
  return {.summary = summary,
          .tag = kTag,
          .headers = {{"If-Match", "The ETag of what was looked at; of locks, any", kText,
                       R"("\"0f3a9c21d4e5-17\"")"},
                      {"Origin", "That of this listener", kText}},
          .request_body = http::BodyDoc{kJson, request, example},
          .bodies = {{kJson, schema}},
          .refusals = {401, 403, 409, 412, 413, 415, 428}};
}

std::string state_schema() {
  return R"({"type":"object","description":"Where an alert stands",
    "required":["alert_id","stage","verdict","author","second","assignee","due","decided_at",
                "stratum","blind","shown","sequence"],
    "properties":{"alert_id":{"type":"string"},
      "stage":{"enum":["open","proposed","disputed","decided"],
        "description":"proposed: waits for a second pair of eyes; disputed: for a third"},
      "verdict":{"enum":["","seen","report","no_report","unsure"],
        "description":"no_report is not clean: nothing was reported"},
      "author":{"type":"string"},"second":{"type":"string"},"assignee":{"type":"string"},
      "due":{"type":"string","description":"A date, or empty"},
      "decided_at":{"type":"string","description":"A time in UTC, or empty"},
      "stratum":{"enum":["sanctioned","ranked","sample","chosen"],
        "description":"How it came to be looked at"},
      "blind":{"type":"boolean","description":"Whether score and reasons were hidden"},
      "shown":{"type":"boolean",
        "description":"Whether it was decided at some time: then score and reasons are shown"},
      "sequence":{"type":"integer","description":"Of its last entry in the trail"}}})";
}

std::string decision_schema() {
  return fmt::format(
      R"({{"type":"object","additionalProperties":false,
    "description":"Names alerts, or an address or a cluster of which all alerts of the day are meant",
    "properties":{{
      "alerts":{{"type":"array","minItems":1,"maxItems":{0},"uniqueItems":true,
        "items":{{"type":"string","maxLength":{1}}}}},
      "address":{{"type":"string","maxLength":{1}}},"cluster_id":{{"type":"string","maxLength":{1}}},
      "action":{{"enum":["decide","assign","reopen"],"default":"decide"}},
      "verdict":{{"enum":["seen","report","no_report","unsure"]}},
      "reason":{{"type":"string","maxLength":{2}}},"note":{{"type":"string","maxLength":{3}}},
      "assignee":{{"type":"string","maxLength":{4}}},"due":{{"type":"string","format":"date"}}}}}})",
      kMostEntriesAtOnce, kLongestId, kMostReasonBytes, kMostNoteBytes, UserList::kLongestName);
}

constexpr const char* kDone =
    R"({"type":"object","required":["processing_date","version","sequence","alerts","others"],
    "properties":{"processing_date":{"type":"string"},"version":{"type":"string"},
      "sequence":{"type":"integer","description":"The first of the new entries"},
      "alerts":{"type":"array","items":{"$ref":"#/components/schemas/CaseState"}},
      "others":{"type":["array","null"],"items":{"$ref":"#/components/schemas/CaseState"},
        "description":"What others did since If-Match; null: so much that the day is to be asked for"}}})";
constexpr const char* kDayCases =
    R"({"type":"object","required":["processing_date","version","alerts"],
    "properties":{"processing_date":{"type":"string"},"version":{"type":"string"},
      "since":{"type":"string","description":"Of an answer that has only what changed since then"},
      "alerts":{"type":"array","items":{"$ref":"#/components/schemas/CaseState"}},
      "hidden":{"type":"array","items":{"type":"string"},
        "description":"Alerts whose score and reasons are hidden until they are decided"}}})";
constexpr const char* kAlertCase =
    R"({"type":"object","required":["processing_date","alert_id","version","hidden","state","entries",
      "offers","held_by"],
    "properties":{"processing_date":{"type":"string"},"alert_id":{"type":"string"},
      "version":{"type":"string"},"hidden":{"type":"boolean"},
      "state":{"anyOf":[{"$ref":"#/components/schemas/CaseState"},{"type":"null"}]},
      "held_by":{"type":"string","description":"Who else works on it, or empty"},
      "entries":{"type":"array","items":{"type":"object"}},
      "offers":{"type":"array","items":{"type":"object"},
        "description":"Earlier decisions on its address, and what is new since"}}})";
constexpr const char* kNext =
    R"({"type":"object","required":["processing_date","queue","alert_id","until","blind","open"],
    "properties":{"processing_date":{"type":"string"},"queue":{"type":"string"},
      "alert_id":{"type":["string","null"]},"until":{"type":["string","null"]},
      "blind":{"type":"boolean"},"open":{"type":"integer"}}})";

}  // namespace

http::RouteDoc day_doc() {
  http::RouteDoc doc = read_doc("What was done to a day's alerts", "DayCases");
  doc.query = {{"since", "A version that the client has: only what changed since then", kText,
                R"("\"0f3a9c21d4e5-17-5be1c09d77a2\"")"}};
  return doc;
}
http::RouteDoc queues_doc() {
  return read_doc("How much waits in a day's queues, and who works on what",
                  R"({"type":"object"})");
}
http::RouteDoc alert_doc() {
  return read_doc("One alert's case: its state, its entries, and earlier decisions on its address",
                  "AlertCase");
}
http::RouteDoc decisions_doc() {
  return write_doc("Decide on alerts, assign or reopen them", "Decision", "CasesChanged",
                   R"({"alerts":["b61f079c-e787-54e3-a9d3-555cb660d3ad"],"verdict":"report",
                       "reason":"layering","note":"three hops to a mixer within an hour"})");
}
http::RouteDoc undo_doc() {
  return write_doc("Undo one's own last entry, and those that were made with it",
                   R"({"type":"object","additionalProperties":false,"required":["sequence"],
                       "properties":{"sequence":{"type":"integer"}}})",
                   "CasesChanged", R"({"sequence":17})");
}
http::RouteDoc next_doc() {
  return write_doc("Take the next alert of a queue; it is held for a while", R"({"type":"object",
                       "additionalProperties":false,"required":["queue"],"properties":{
                       "queue":{"enum":["sanctioned","ranked","sample"]},
                       "after":{"type":"string","description":"Passed over for now, and freed"}}})",
                   "NextCase", R"({"queue":"ranked"})");
}
http::RouteDoc release_doc() {
  return write_doc("Free an alert that one holds",
                   R"({"type":"object","additionalProperties":false,"required":["alert_id"],
                       "properties":{"alert_id":{"type":"string"}}})",
                   R"({"type":"object"})",
                   R"({"alert_id":"b61f079c-e787-54e3-a9d3-555cb660d3ad"})");
}
http::RouteDoc user_doc() {
  return read_doc("Who asks, who may decide, and the team's rules", R"({"type":"object"})");
}
http::RouteDoc report_doc() {
  http::RouteDoc doc = read_doc("What was decided, blind and not, and among the first by rank",
                                R"({"type":"object"})");
  doc.query = {{"from", "The first day", kDay, "\"2025-10-01\""},
               {"to", "The last day", kDay, "\"2025-10-31\""}};
  return doc;
}
http::RouteDoc address_doc() {
  return read_doc("What was decided on an address's alerts, on all days", R"({"type":"object"})");
}

http::RouteDoc mcp_doc() {
  return {.summary = "A message of the Model Context Protocol",
          .tag = kTag,
          .headers = {{"MCP-Protocol-Version", "2025-06-18, 2025-11-25 or 2026-07-28", kText},
                      {"Mcp-Method", "From 2026-07-28 on: the message's method", kText},
                      {"Mcp-Name", "From 2026-07-28 on: the tool that is called", kText}},
          .request_body = http::BodyDoc{kJson, R"({"type":"object"})",
                                        R"({"jsonrpc":"2.0","id":1,"method":"tools/list"})"},
          .bodies = {{kJson, R"({"type":"object"})"}},
          .refusals = {401, 403, 413, 415},
          .refusal_schema = R"({"type":"object"})"};
}

http::OpenApi cases_description() {
  return {.title = "aml-miner with cases",
          .version = "1.0.0",
          .description =
              "The API of scores and explanations, and what people decided on alerts. Every write "
              "needs a token with a name, `Content-Type: application/json`, an Origin of this "
              "listener and If-Match. Every refusal is `{\"detail\": \"what and why\"}`.",
          .schemas = {{"CaseState", state_schema()},
                      {"DayCases", kDayCases},
                      {"AlertCase", kAlertCase},
                      {"Decision", decision_schema()},
                      {"CasesChanged", kDone},
                      {"NextCase", kNext}},
          .path_parameters = {{"date", "A day that has a batch", kDay, "\"2025-10-26\""},
                              {"alert_id", "As in the lists; a slash is written %2F", kText,
                               "\"b61f079c-e787-54e3-a9d3-555cb660d3ad\""},
                              {"address", "As in the input; a slash is written %2F", kText,
                               "\"bc1qh0uyp3kqv6s8rkaa9mxmjjptw0xln77g6c7\""}},
          .needs_token = true};
}

}  // namespace aml::cases
