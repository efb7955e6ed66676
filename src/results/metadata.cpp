#include "results/metadata.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/date.h"
#include "base/error.h"

namespace aml::results {

using Json = nlohmann::ordered_json;

namespace {

constexpr const char* kProgram = "aml-miner";  // what makes a metadata.json ours
constexpr std::int64_t kFormat = 1;            // files without one are the same

// JSON text that is handed on as it is; null where it is empty.
Json as_json(const std::string& text) { return text.empty() ? Json(nullptr) : Json::parse(text); }

std::string as_text(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found == object.end() || found->is_null() ? "" : found->dump();
}

Json fit_json(const FitRecord& fit) {
  Json largest = Json::array();
  for (const FitRecord::Shift& shift : fit.largest) {
    largest.push_back({{"feature", shift.feature}, {"index", shift.index}, {"limit", shift.limit}});
  }
  return {{"verdict", fit.verdict},
          {"of", "inputs"},
          {"reasons", fit.reasons},
          {"features", fit.features},
          {"shifted", fit.shifted},
          {"mean_index", fit.mean_index},
          {"score_index", fit.score_index},
          {"largest", std::move(largest)},
          {"compared_with", fit.compared_with},
          {"scored_by", fit.scored_by}};
}

Json known_files_json(const std::vector<KnownFileRecord>& files) {
  Json list = Json::array();
  for (const KnownFileRecord& file : files) {
    list.push_back(
        {{"file", file.file},
         {"kind", file.kind},
         {"sha256", file.sha256},
         {"known_since", file.known_since.empty() ? Json(nullptr) : Json(file.known_since)},
         {"rows", file.rows}});
  }
  return list;
}

std::vector<KnownFileRecord> read_known_files(const Json& json) {
  std::vector<KnownFileRecord> files;
  for (const Json& entry : json) {
    KnownFileRecord& file = files.emplace_back();
    entry.at("file").get_to(file.file);
    entry.at("kind").get_to(file.kind);
    entry.at("sha256").get_to(file.sha256);
    if (!entry.at("known_since").is_null()) entry.at("known_since").get_to(file.known_since);
    entry.at("rows").get_to(file.rows);
  }
  return files;
}

FitRecord read_fit(const Json& json) {
  FitRecord fit;
  json.at("verdict").get_to(fit.verdict);
  json.at("reasons").get_to(fit.reasons);
  json.at("features").get_to(fit.features);
  json.at("shifted").get_to(fit.shifted);
  json.at("mean_index").get_to(fit.mean_index);
  json.at("score_index").get_to(fit.score_index);
  fit.compared_with = json.value("compared_with", "");
  fit.scored_by = json.value("scored_by", "");
  for (const Json& shift : json.at("largest")) {
    fit.largest.push_back({shift.at("feature"), shift.at("index"), shift.at("limit")});
  }
  return fit;
}

}  // namespace

std::string Metadata::model_version(const std::string& model) const {
  const auto found = models.find(model);
  return found == models.end() ? "" : found->second.version;
}

std::string Metadata::to_json() const {
  Json model_list = Json::object();
  for (const auto& [name, model] : models) {
    model_list[name] = {{"version", model.version},
                        {"file", model.file},
                        {"sha256", model.sha256},
                        {"feature_sql", model.feature_sql},
                        {"feature_sql_differences", model.feature_sql_differences},
                        {"calibration", as_json(model.calibration)}};
  }
  Json json{{"format_version", kFormat},
            {"program", kProgram},
            {"program_version", program_version},
            {"processing_date", processing_date},
            {"network", network},
            {"window_days", window_days},
            {"processed_at", processed_at},
            {"input_counts", input_counts},
            {"output_counts", output_counts},
            {"total_latency_ms", total_latency_ms},
            {"latencies_ms", latencies_ms},
            {"models", model_list},
            {"snapshot_sha256", snapshot_sha256},
            {"input_sha256", input_sha256},
            {"feature_sql_sha256", feature_sql_sha256},
            {"whole_feature_sql_sha256", whole_feature_sql_sha256},
            {"feature_groups", feature_groups},
            {"feature_groups_left_out", feature_groups_left_out},
            {"fit", fit_json(fit)},
            {"warnings", warnings},
            {"unreadable", unreadable},
            {"flow_counts", flow_counts},
            {"known_files", known_files_json(known_files)}};
  if (!shadow.empty()) json["shadow"] = as_json(shadow);
  if (!engine.empty()) json["engine"] = as_json(engine);
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

Metadata Metadata::parse(std::string_view text, const std::string& where) {
  try {
    const Json json = Json::parse(text);
    if (json.at("program") != kProgram) {
      throw Error(ErrorKind::bad_input, where + " was not written by " + kProgram);
    }
    Metadata metadata;
    json.at("program_version").get_to(metadata.program_version);
    if (const auto format = json.value("format_version", kFormat); format > kFormat) {
      throw LaterFormat(fmt::format(
          "{} has format {}, written by {} {}; this program, {}, knows formats up to {}: use that "
          "program",
          where, format, kProgram, metadata.program_version, AML_VERSION, kFormat));
    }
    json.at("processing_date").get_to(metadata.processing_date);
    json.at("network").get_to(metadata.network);
    json.at("window_days").get_to(metadata.window_days);
    json.at("processed_at").get_to(metadata.processed_at);
    json.at("input_counts").get_to(metadata.input_counts);
    json.at("output_counts").get_to(metadata.output_counts);
    json.at("total_latency_ms").get_to(metadata.total_latency_ms);
    json.at("latencies_ms").get_to(metadata.latencies_ms);
    for (const auto& [name, model] : json.at("models").items()) {
      // Member by member: g++ 12 frees twice what a braced list has made when a later value throws.
      ModelRecord& one = metadata.models[name];
      model.at("version").get_to(one.version);
      model.at("file").get_to(one.file);
      model.at("sha256").get_to(one.sha256);
      one.feature_sql = model.value("feature_sql", "unknown");
      one.feature_sql_differences =
          model.value("feature_sql_differences", std::vector<std::string>{});
      one.calibration = as_text(model, "calibration");
    }
    json.at("snapshot_sha256").get_to(metadata.snapshot_sha256);
    json.at("input_sha256").get_to(metadata.input_sha256);
    json.at("feature_sql_sha256").get_to(metadata.feature_sql_sha256);
    json.at("warnings").get_to(metadata.warnings);
    // Batches of earlier versions say nothing of these.
    if (json.contains("unreadable")) json.at("unreadable").get_to(metadata.unreadable);
    if (json.contains("flow_counts")) json.at("flow_counts").get_to(metadata.flow_counts);
    if (json.contains("known_files")) {
      metadata.known_files = read_known_files(json.at("known_files"));
    }
    if (json.contains("fit")) metadata.fit = read_fit(json.at("fit"));
    metadata.shadow = as_text(json, "shadow");
    metadata.engine = as_text(json, "engine");
    metadata.whole_feature_sql_sha256 = json.value("whole_feature_sql_sha256", "");
    metadata.feature_groups = json.value("feature_groups", std::vector<std::string>{});
    metadata.feature_groups_left_out =
        json.value("feature_groups_left_out", std::vector<std::string>{});
    if (!Date::parse(metadata.processing_date)) {
      throw Error(ErrorKind::bad_input, where + ": processing_date is no date (YYYY-MM-DD)");
    }
    return metadata;
  } catch (const nlohmann::json::exception& e) {
    throw Error(ErrorKind::bad_input,
                fmt::format("{} is not the metadata of a batch: {}; process the day again", where,
                            e.what()));
  }
}

}  // namespace aml::results
