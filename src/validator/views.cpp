#include "validator/views.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/date.h"
#include "base/error.h"
#include "base/file_system.h"
#include "base/files.h"
#include "base/log.h"
#include "validator/ensemble_file.h"
#include "validator/validator.h"

namespace aml::validator {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

namespace {

std::string text(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

// Null where the text is no JSON.
Json parsed(const std::string& text) {
  Json json = Json::parse(text, nullptr, false);
  return json.is_discarded() ? Json(nullptr) : json;
}

void require_date(const std::string& date) {
  if (Date::parse(date)) return;
  throw Error(ErrorKind::usage, "\"" + date + "\" is neither a date YYYY-MM-DD nor latest");
}

Json read_ensemble(const fs::path& data_dir, std::string date) {
  if (date == "latest") {
    date.clear();
    for (const fs::path& path : list_folder_if_possible(data_dir / "ensembles")) {
      const std::string day = path.stem().string();
      if (path.extension() == ".json" && Date::parse(day)) date = std::max(date, day);
    }
    if (date.empty()) throw Error(ErrorKind::unavailable, "no round has been finished yet");
  }
  require_date(date);
  const fs::path path = ensemble_path(data_dir, date);
  if (!file_size_if_exists(path)) {
    throw Error(ErrorKind::not_found, "there is no ensemble of " + date);
  }
  constexpr std::uint64_t kMostEnsembleBytes = 1 << 30;  // millions of alerts
  Json json = parsed(read_file(path, kMostEnsembleBytes));
  if (!json.is_object() || !json.contains("scores") || !json["scores"].is_array()) {
    throw Error(ErrorKind::unavailable, "the ensemble of " + date + " is damaged: remove " +
                                            path.string() + ", and validate --date " + date +
                                            " builds it anew");
  }
  const auto format = json.find("format_version");
  if (format != json.end() && (!format->is_number() || format->get<double>() > kEnsembleFormat)) {
    throw Error(ErrorKind::unavailable,
                path.string() + " was written by a newer program: use that");
  }
  return json;
}

// Runs `make`, which reads the ensemble of a date; one that is damaged costs itself alone.
template <typename Make>
http::RowText rows_of(const fs::path& data_dir, const std::string& date, Make make) {
  try {
    return make(read_ensemble(data_dir, date));
  } catch (const Json::exception& e) {
    log::error("an ensemble is damaged", {{"processing_date", date}, {"reason", e.what()}});
    throw Error(ErrorKind::unavailable, "the ensemble of " + date + " is damaged");
  }
}

// `list` of rows in `frame`, which ends with it, as one text.
http::RowText row_text(const Json& frame, const char* name, const Json& list) {
  http::RowText rows;
  rows.text = frame.dump(-1, ' ', false, Json::error_handler_t::replace);
  rows.text.pop_back();  // the closing brace
  rows.text += std::string(frame.empty() ? "" : ",") + "\"" + name + "\":[";
  rows.rows_begin = rows.text.size();
  for (const Json& row : list) {
    if (!rows.rows.empty()) rows.text += ',';
    const std::size_t begin = rows.text.size();
    rows.text += row.dump(-1, ' ', false, Json::error_handler_t::replace);
    const std::size_t end = rows.text.size();
    rows.rows.push_back({begin, end - 1, end, row.value("score", 0.0)});
  }
  rows.rows_end = rows.text.size();
  rows.text += "]}\n";
  rows.text.shrink_to_fit();
  return rows;
}

RoundRecord round_of(Ledger& ledger, const std::string& date) {
  if (date == "latest") {
    for (const RoundRecord& round : ledger.rounds()) {
      if (ledger.is_judged(round.date, Stage::day)) return round;
    }
    throw Error(ErrorKind::unavailable, "no round has been judged yet");
  }
  require_date(date);
  const auto round = ledger.round(date);
  if (round) return *round;
  throw Error(ErrorKind::not_found, "there was no round on " + date);
}

Json verdict_json(const VerdictRecord& record) {
  Json json{{"hotkey", record.miner.hotkey}, {"uid", record.miner.uid}};
  json["stage"] = stage_name(record.stage);
  json["judged_at"] = record.judged_at;
  json.update(Json::parse(verdict_to_json(record.verdict)));
  return json;
}

// Of a verdict by the truth, as the ledger keeps it; null where nothing was paid for.
Json contribution_json(const VerdictRecord& record) {
  Json json = Json::parse(verdict_to_json(record.verdict)).at("contribution");
  if (json.is_object()) json.erase("relatives");
  return json;
}

Json answer_json(const AnswerRecord& answer) {
  return {{"outcome", answer.outcome},           {"reason", answer.reason},
          {"arrival", answer.arrival},           {"at", answer.at},
          {"seconds", answer.seconds},           {"body_sha256", answer.body_sha256},
          {"body_bytes", answer.body_bytes},     {"request_payload", answer.request_payload},
          {"request_body", answer.request_body}, {"envelope", parsed(answer.envelope)}};
}

Json round_json(const RoundRecord& round) {
  return {{"processing_date", round.date},
          {"network", round.network},
          {"window_days", round.window_days},
          {"snapshot_sha256", round.snapshot_sha256},
          {"truth_sha256", round.truth_sha256.empty() ? Json(nullptr) : Json(round.truth_sha256)}};
}

}  // namespace

http::RowText ensemble_scores(const fs::path& data_dir, const std::string& date) {
  return rows_of(data_dir, date, [](Json json) {
    const Json scores = std::move(json.at("scores"));
    json.erase("scores");
    return row_text(json, "scores", scores);
  });
}

http::RowText ensemble_rankings(const fs::path& data_dir, const std::string& date) {
  return rows_of(data_dir, date, [](Json json) {
    std::vector<Json> rows(json.at("scores").begin(), json.at("scores").end());
    json.erase("scores");
    std::sort(rows.begin(), rows.end(), [](const Json& a, const Json& b) {
      const double x = a.at("score");
      const double y = b.at("score");
      return x != y ? x > y : a.at("alert_id") < b.at("alert_id");
    });
    Json rankings = Json::array();
    for (std::size_t i = 0; i < rows.size(); ++i) {
      rankings.push_back(
          {{"alert_id", rows[i].at("alert_id")}, {"rank", i + 1}, {"score", rows[i].at("score")}});
    }
    return row_text(json, "rankings", rankings);
  });
}

std::string validation_of_day(Ledger& ledger, const std::string& date) {
  const RoundRecord round = round_of(ledger, date);
  Json json = round_json(round);
  json["miners"] = Json::array();
  for (const VerdictRecord& record : ledger.verdicts(round.date)) {
    json["miners"].push_back(verdict_json(record));
  }
  return text(json);
}

std::string validation_of_miner(Ledger& ledger, const std::string& date,
                                const std::string& hotkey) {
  const RoundRecord round = round_of(ledger, date);
  for (const VerdictRecord& record : ledger.verdicts(round.date)) {
    if (record.miner.hotkey != hotkey) continue;
    Json json = round_json(round);
    json.update(verdict_json(record));
    json["answers"] = Json::object();
    for (const Asked asked : {Asked::first, Asked::again, Asked::later}) {
      for (const AnswerRecord& answer : ledger.answers(round.date, asked)) {
        if (answer.miner.id != record.miner.id) continue;
        json["answers"][asked_name(asked)] = answer_json(answer);
      }
    }
    return text(json);
  }
  throw Error(ErrorKind::not_found, "no miner " + hotkey + " was judged on " + round.date);
}

std::string miner_rankings(Ledger& ledger) {
  const RoundRecord round = round_of(ledger, "latest");
  std::vector<Json> rows;
  for (const VerdictRecord& last : ledger.verdicts(round.date)) {
    const validation::Verdict& verdict = last.verdict;
    const std::vector<DayScore> days = ledger.day_scores(last.miner.id, kQualityDays);
    const auto miner = ledger.miner(last.miner.hotkey);
    const double contribution = miner ? smoothed_contribution_of(ledger, *miner) : 0;
    Json row{{"hotkey", last.miner.hotkey},
             {"uid", last.miner.uid},
             {"contribution", contribution},
             {"quality", quality_of(days)},
             {"rounds", ledger.rounds_of(last.miner.id)},
             {"last_date", last.date},
             {"last_stage", stage_name(last.stage)},
             {"last_score", verdict.final_score},
             {"is_baseline", verdict.is_baseline},
             {"public_model", verdict.is_baseline ? Json(verdict.public_model) : Json(nullptr)},
             {"copy_of", verdict.copy_of.empty() ? Json(nullptr) : Json(verdict.copy_of)}};
    rows.push_back(row);
  }
  std::stable_sort(rows.begin(), rows.end(), [](const Json& a, const Json& b) {
    const double x = a["contribution"];
    const double y = b["contribution"];
    return x != y ? x > y : a["quality"].get<double>() > b["quality"].get<double>();
  });
  Json json{{"processing_date", round.date}, {"miners", Json::array()}};
  for (std::size_t i = 0; i < rows.size(); ++i) {
    Json row{{"rank", i + 1}};
    row.update(rows[i]);
    json["miners"].push_back(row);
  }
  return text(json);
}

std::string miner_history(Ledger& ledger, const std::string& hotkey) {
  const auto miner = ledger.miner(hotkey);
  if (!miner) throw Error(ErrorKind::not_found, "no miner " + hotkey + " took part in any round");
  Json json{{"hotkey", miner->hotkey}, {"uid", miner->uid}, {"history", Json::array()}};
  std::vector<DayScore> so_far;
  for (const VerdictRecord& record : ledger.history(miner->id)) {
    if (!validation::is_set_aside(record.verdict)) so_far.push_back(day_score(record));
    const validation::Verdict& verdict = record.verdict;
    const auto& truth = verdict.ground_truth;
    json["history"].push_back({{"processing_date", record.date},
                               {"stage", stage_name(record.stage)},
                               {"final_score", verdict.final_score},
                               {"set_aside", validation::is_set_aside(verdict)},
                               {"integrity", verdict.integrity},
                               {"behavior", verdict.behavior},
                               {"ground_truth", truth ? Json(truth->score) : Json(nullptr)},
                               {"auc_roc", truth ? Json(truth->auc_roc) : Json(nullptr)},
                               {"auc_pr", truth ? Json(truth->auc_pr) : Json(nullptr)},
                               {"quality", quality_of(so_far)},
                               {"contribution", contribution_json(record)}});
  }
  return text(json);
}

std::string chain_status(Ledger& ledger) { return parsed(ledger.kept("chain")).dump(); }

std::string latest_weights(Ledger& ledger) {
  const std::vector<WeightsRecord> records = ledger.weights();
  if (records.empty()) throw Error(ErrorKind::unavailable, "no weights have been set yet");
  const WeightsRecord& record = records.front();
  Json json{{"processing_date", record.date},
            {"stage", stage_name(record.stage)},
            {"state", sending_name(record.state)},
            {"message", record.message},
            {"block", record.block},
            {"reveal_round", record.reveal_round > 0 ? Json(record.reveal_round) : Json(nullptr)},
            {"at", record.at},
            {"weights", Json::array()}};
  for (std::size_t i = 0; i < record.uids.size(); ++i) {
    json["weights"].push_back(
        {{"uid", record.uids[i]}, {"hotkey", record.hotkeys[i]}, {"weight", record.values[i]}});
  }
  return text(json);
}

}  // namespace aml::validator
