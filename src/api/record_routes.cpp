#include <fmt/format.h>

#include <iterator>

#include "api/routes.h"
#include "base/error.h"
#include "base/files.h"
#include "base/json_text.h"

namespace aml::api {

namespace {

// The row of `id`. Throws Error{not_found} where the day has none.
std::size_t require_row(const Exchange& exchange, const Table& table, const char* what,
                        const std::string& id) {
  if (const auto row = table.find(id)) return *row;
  throw Error(ErrorKind::not_found,
              fmt::format("{} has no {} \"{}\"", exchange.day->date.text(), what, id));
}

// The row's object with the batch's day before its members and `extra` after them.
std::string record(const Day& day, std::string_view object, std::string_view extra) {
  std::string json = "{\"processing_date\":";
  append_json_text(json, day.metadata.processing_date);
  json += ",\"network\":";
  append_json_text(json, day.metadata.network);
  fmt::format_to(std::back_inserter(json), ",\"window_days\":{},", day.metadata.window_days);
  json += object.substr(1, object.size() - 2);
  json += extra;
  return json += "}\n";
}

// The member rank, 42 or null for an alert that was not ranked, and rank_explain_json where the
// rankings have it.
std::string rank_members(const Table& rankings, const std::string& id) {
  const auto row = rankings.find(id);
  if (!row) return ",\"rank\":null";
  std::string members = fmt::format(",\"rank\":{}", *row + 1);
  const std::string_view object = rankings.object(*row);
  // Quotes within texts are escaped, so that this is the member itself.
  const std::size_t explanation = object.find(",\"rank_explain_json\":");
  if (explanation != std::string_view::npos) {
    members += object.substr(explanation, object.size() - explanation - 1);
  }
  return members;
}

// A member of what `process` stored of the first ranks, an alert a line: its line of the file;
// empty where there is no such file or it tells nothing of the alert. Nothing without patience.
std::optional<std::string> stored_member(const Exchange& exchange, const char* member,
                                         const char* name, const std::string& id) {
  const Day& day = *exchange.day;
  if (!file_size_if_exists(day.directory / name)) return "";
  const Body file = json_bytes(exchange, name, results::kMostMetadataBytes);
  if (!file) return std::nullopt;
  std::string key = "\n";
  append_json_text(key, id);
  key += ":";
  const std::size_t line = file->find(key);
  if (line == std::string::npos) return "";
  const std::size_t begin = line + key.size();
  std::string_view object = std::string_view(*file).substr(begin, file->find('\n', begin) - begin);
  if (object.ends_with(',')) object.remove_suffix(1);
  return fmt::format(",\"{}\":{}", member, object);
}

}  // namespace

Answer one_alert(const Exchange& exchange) {
  http::refuse_parameters(exchange.target);
  if (auto refused = refuse_other_than_json(exchange)) return refused;
  const Day& day = requested_day(exchange);
  const std::string& id = exchange.path.find("alert_id")->second;
  const auto scores = table(exchange, kAlertScores);
  if (!scores) return std::nullopt;
  const std::size_t row = require_row(exchange, *scores, "alert", id);
  const auto rankings = table(exchange, kAlertRankings);
  if (!rankings) return std::nullopt;
  const auto counterfactual =
      stored_member(exchange, "counterfactual", results::kCounterfactualsFile, id);
  const auto first_stage = stored_member(exchange, "first_stage", results::kFirstStageFile, id);
  if (!counterfactual || !first_stage) return std::nullopt;
  const std::string further = rank_members(*rankings, id) + *counterfactual + *first_stage;
  const auto tag = etag(exchange, kAlertScores.file, "alert " + id + further);
  if (!tag) return std::nullopt;
  return tagged(exchange, *tag, record(day, scores->object(row), further));
}

Answer one_cluster(const Exchange& exchange) {
  http::refuse_parameters(exchange.target);
  if (auto refused = refuse_other_than_json(exchange)) return refused;
  const Day& day = requested_day(exchange);
  const std::string& id = exchange.path.find("cluster_id")->second;
  const auto scores = table(exchange, kClusterScores);
  if (!scores) return std::nullopt;
  const std::size_t row = require_row(exchange, *scores, "cluster", id);
  const auto tag = etag(exchange, kClusterScores.file, "cluster " + id);
  if (!tag) return std::nullopt;
  return tagged(exchange, *tag, record(day, scores->object(row), ""));
}

}  // namespace aml::api
