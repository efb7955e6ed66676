// The verdicts of the ledger: of a day, of a miner, and what quality is made of.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "base/date.h"
#include "base/error.h"
#include "base/log.h"
#include "validator/ledger.h"
#include "validator/ledger_evidence.h"

namespace aml::validator {

namespace {

// What is written can be read again, or is set aside now and not at every start.
validation::Verdict writable(const VerdictRecord& record) {
  if (validation::is_finite(record.verdict)) return record.verdict;
  log::error("a figure of a verdict is no finite number: a defect of this program",
             {{"hotkey", record.miner.hotkey}});
  return validation::set_aside("a figure of this verdict was no finite number");
}

validation::Verdict readable(const std::string& json) {
  try {
    return verdict_from_json(json);
  } catch (const Error& e) {
    return validation::set_aside(e.what());
  }
}

}  // namespace

void Ledger::add_verdicts(const std::string& date, Stage stage,
                          const std::vector<VerdictRecord>& verdicts,
                          const std::string& truth_sha256,
                          const validation::DayEvidence* evidence) {
  database_->transaction([&] {
    if (is_judged(date, stage)) return;
    const std::string at = utc_now(true);
    for (const VerdictRecord& record : verdicts) {
      const validation::Verdict verdict = writable(record);
      database_->prepare("INSERT INTO verdicts VALUES (?, ?, ?, ?, ?, ?)")
          .bind(date)
          .bind(record.miner.id)
          .bind(stage_name(stage))
          .bind(verdict.final_score)
          .bind(verdict_to_json(verdict))
          .bind(at)
          .run();
    }
    database_->prepare("INSERT INTO judged VALUES (?, ?, ?)")
        .bind(date)
        .bind(stage_name(stage))
        .bind(at)
        .run();
    if (stage == Stage::truth) {
      database_->prepare("UPDATE rounds SET truth_sha256 = ? WHERE date = ?")
          .bind(truth_sha256)
          .bind(date)
          .run();
    }
    if (evidence != nullptr) add_evidence(*database_, date, *evidence);
  });
}

bool Ledger::is_judged(const std::string& date, Stage stage) {
  SqlStatement row = database_->prepare("SELECT 1 FROM judged WHERE date = ? AND stage = ?");
  return row.bind(date).bind(stage_name(stage)).next();
}

namespace {

// Of a verdict of each stage, the one with the truth.
constexpr const char* kLatest =
    "(v.stage = 'truth' OR NOT EXISTS "
    "(SELECT 1 FROM judged j WHERE j.date = v.date AND j.stage = 'truth'))";
// What cannot be read is no verdict, and what was set aside says nothing of the miner. CASE,
// because AND promises no order.
constexpr const char* kNotAside =
    "CASE WHEN json_valid(v.verdict) THEN "
    "coalesce(json_extract(v.verdict, '$.checks[0].name'), '') <> 'judged' ELSE 0 END";
constexpr const char* kLatestVerdicts =
    "SELECT m.id, p.uid, m.hotkey, v.stage, v.date, v.verdict, v.judged_at FROM verdicts v "
    "JOIN miners m ON m.id = v.miner JOIN participants p ON p.date = v.date AND p.miner = v.miner "
    "WHERE {} AND {} ORDER BY {}";

std::vector<VerdictRecord> read_verdicts(SqlStatement& row) {
  std::vector<VerdictRecord> verdicts;
  while (row.next()) {
    VerdictRecord record;
    record.miner.id = row.integer(0);
    record.miner.uid = static_cast<int>(row.integer(1));
    record.miner.hotkey = row.text(2);
    record.stage = stage_of(row.text(3));
    record.date = row.text(4);
    record.verdict = readable(row.text(5));
    record.judged_at = row.text(6);
    verdicts.push_back(std::move(record));
  }
  return verdicts;
}

}  // namespace

std::vector<VerdictRecord> Ledger::verdicts(const std::string& date) {
  SqlStatement row = database_->prepare(
      fmt::format(kLatestVerdicts, "v.date = ?", kLatest, "v.final_score DESC, p.uid"));
  row.bind(date);
  return read_verdicts(row);
}

std::vector<VerdictRecord> Ledger::history(std::int64_t miner_id) {
  SqlStatement row =
      database_->prepare(fmt::format(kLatestVerdicts, "v.miner = ?", kLatest, "v.date"));
  row.bind(miner_id);
  return read_verdicts(row);
}

namespace {

DayScore day_score(Stage stage, double final_score, bool is_baseline,
                   const std::optional<validation::GroundTruthCheck>& truth) {
  DayScore score{.stage = stage, .final_score = final_score, .is_baseline = is_baseline};
  if (!truth) return score;
  score.truth = truth->score;
  score.is_informed = validation::sigmas_above_chance(*truth) >= validation::kInformedSigmas;
  return score;
}

}  // namespace

DayScore day_score(const VerdictRecord& record) {
  const validation::Verdict& verdict = record.verdict;
  return day_score(record.stage, verdict.final_score, verdict.is_baseline, verdict.ground_truth);
}

std::vector<DayScore> Ledger::day_scores(std::int64_t miner_id, std::int64_t days) {
  SqlStatement row = database_->prepare(
      fmt::format("SELECT v.stage, v.final_score, json_extract(v.verdict, '$.is_baseline'), "
                  "json_extract(v.verdict, '$.ground_truth.score'), "
                  "json_extract(v.verdict, '$.ground_truth.alerts'), "
                  "json_extract(v.verdict, '$.ground_truth.positives'), "
                  "json_extract(v.verdict, '$.ground_truth.auc_roc') "
                  "FROM verdicts v WHERE v.miner = ? AND {} AND {} ORDER BY v.date DESC LIMIT ?",
                  kLatest, kNotAside));
  row.bind(miner_id).bind(days);
  std::vector<DayScore> scores;
  while (row.next()) {
    if (!std::isfinite(row.real(1))) continue;
    std::optional<validation::GroundTruthCheck> truth;
    if (!row.is_null(3)) {
      truth.emplace();
      truth->score = row.real(3);
      truth->alerts = row.integer(4);
      truth->positives = row.integer(5);
      truth->auc_roc = row.real(6);
    }
    scores.push_back(day_score(stage_of(row.text(0)), row.real(1), row.integer(2) != 0, truth));
  }
  std::reverse(scores.begin(), scores.end());
  return scores;
}

std::int64_t Ledger::rounds_of(std::int64_t miner_id) {
  SqlStatement row =
      database_->prepare("SELECT count(DISTINCT date) FROM verdicts WHERE miner = ?");
  row.bind(miner_id).next();
  return row.integer(0);
}

std::int64_t Ledger::data_version() {
  SqlStatement row = database_->prepare("PRAGMA data_version");
  row.next();
  return row.integer(0);
}

}  // namespace aml::validator
