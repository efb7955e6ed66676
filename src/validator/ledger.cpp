#include "validator/ledger.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/date.h"
#include "base/error.h"
#include "validator/ledger_schema.h"

namespace aml::validator {

namespace {

using Json = nlohmann::json;

constexpr const char* kRoundColumns =
    "date, network, window_days, snapshot_sha256, created_at, asked, truth_sha256";

RoundRecord read_round(const SqlStatement& row) {
  return {row.text(0), row.text(1), static_cast<int>(row.integer(2)),
          row.text(3), row.text(4), row.integer(5) != 0,
          row.text(6)};
}

constexpr const char* kAnswerColumns =
    "s.arrival, m.id, p.uid, m.hotkey, p.host, p.port, s.outcome, s.reason, s.body_sha256, "
    "s.body_bytes, s.request_payload, s.request_body, s.envelope, s.seconds, s.at";
constexpr const char* kAnswerTables =
    "submissions s JOIN miners m ON m.id = s.miner "
    "JOIN participants p ON p.date = s.date AND p.miner = s.miner";

MinerRecord read_miner(const SqlStatement& row, int from) {
  return {row.integer(from),  static_cast<int>(row.integer(from + 1)), row.text(from + 2),
          row.text(from + 3), static_cast<int>(row.integer(from + 4)), 0};
}

MinerRecord read_registered(const SqlStatement& row) {
  constexpr int kRegistered = 5;
  MinerRecord miner = read_miner(row, 0);
  miner.registered = row.integer(kRegistered);
  return miner;
}

AnswerRecord read_answer(const SqlStatement& row) {
  AnswerRecord answer;
  answer.arrival = row.integer(0);
  answer.miner = read_miner(row, 1);
  answer.outcome = row.text(6);
  answer.reason = row.text(7);
  answer.body_sha256 = row.text(8);
  answer.body_bytes = row.integer(9);
  answer.request_payload = row.text(10);
  answer.request_body = row.text(11);
  answer.envelope = row.text(12);
  answer.seconds = row.real(13);
  answer.at = row.text(14);
  return answer;
}

}  // namespace

const char* stage_name(Stage stage) { return stage == Stage::day ? "day" : "truth"; }

Stage stage_of(const std::string& name) { return name == "truth" ? Stage::truth : Stage::day; }

const char* asked_name(Asked asked) {
  switch (asked) {
    case Asked::first:
      return "first";
    case Asked::again:
      return "again";
    case Asked::later:
      return "later";
  }
  return "";
}

Ledger::Ledger(const std::filesystem::path& folder, SqlDatabase::Mode mode)
    : database_(open_ledger(folder, mode)) {}

RoundRecord Ledger::open_round(const RoundRecord& round) {
  database_
      ->prepare(
          "INSERT INTO rounds (date, network, window_days, snapshot_sha256, created_at) "
          "VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING")
      .bind(round.date)
      .bind(round.network)
      .bind(std::int64_t{round.window_days})
      .bind(round.snapshot_sha256)
      .bind(round.created_at.empty() ? utc_now(true) : round.created_at)
      .run();
  return *this->round(round.date);
}

std::optional<RoundRecord> Ledger::round(const std::string& date) {
  SqlStatement row =
      database_->prepare(fmt::format("SELECT {} FROM rounds WHERE date = ?", kRoundColumns));
  if (!row.bind(date).next()) return std::nullopt;
  return read_round(row);
}

std::vector<RoundRecord> Ledger::rounds() {
  std::vector<RoundRecord> rounds;
  SqlStatement row =
      database_->prepare(fmt::format("SELECT {} FROM rounds ORDER BY date DESC", kRoundColumns));
  while (row.next()) {
    if (Date::parse(row.text(0))) rounds.push_back(read_round(row));
  }
  return rounds;
}

void Ledger::set_asked(const std::string& date) {
  database_->prepare("UPDATE rounds SET asked = 1 WHERE date = ?").bind(date).run();
}

std::vector<MinerRecord> Ledger::enroll(const std::string& date,
                                        const std::vector<MinerRecord>& found) {
  database_->transaction([&] {
    if (!enrolled(date).empty()) return;
    for (const MinerRecord& miner : found) {
      SqlStatement known = database_->prepare(
          "INSERT INTO miners (hotkey, since) VALUES (?, ?) "
          "ON CONFLICT (hotkey) DO UPDATE SET hotkey = hotkey RETURNING id");
      known.bind(miner.hotkey).bind(utc_now(true)).next();
      const std::int64_t id = known.integer(0);
      known.run();
      database_
          ->prepare(
              "INSERT INTO participants (date, miner, uid, host, port, registered) "
              "VALUES (?, ?, ?, ?, ?, ?)")
          .bind(date)
          .bind(id)
          .bind(std::int64_t{miner.uid})
          .bind(miner.host)
          .bind(std::int64_t{miner.port})
          .bind(miner.registered)
          .run();
    }
  });
  return enrolled(date);
}

std::vector<MinerRecord> Ledger::enrolled(const std::string& date) {
  std::vector<MinerRecord> miners;
  SqlStatement row = database_->prepare(
      "SELECT m.id, p.uid, m.hotkey, p.host, p.port, p.registered FROM participants p "
      "JOIN miners m ON m.id = p.miner WHERE p.date = ? ORDER BY p.uid");
  row.bind(date);
  while (row.next()) miners.push_back(read_registered(row));
  return miners;
}

std::optional<MinerRecord> Ledger::miner(const std::string& hotkey) {
  SqlStatement row = database_->prepare(
      "SELECT m.id, p.uid, m.hotkey, p.host, p.port, p.registered FROM miners m JOIN participants "
      "p "
      "ON p.miner = m.id WHERE m.hotkey = ? ORDER BY p.date DESC LIMIT 1");
  if (!row.bind(hotkey).next()) return std::nullopt;
  return read_registered(row);
}

bool Ledger::add_answer(const std::string& date, Asked asked, const AnswerRecord& answer) {
  SqlStatement added = database_->prepare(
      "INSERT INTO submissions (date, miner, asked, outcome, reason, body_sha256, body_bytes, "
      "request_payload, request_body, envelope, seconds, at) "
      "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING arrival");
  const bool is_new = added.bind(date)
                          .bind(answer.miner.id)
                          .bind(asked_name(asked))
                          .bind(answer.outcome)
                          .bind(answer.reason)
                          .bind(answer.body_sha256)
                          .bind(answer.body_bytes)
                          .bind(answer.request_payload)
                          .bind(answer.request_body)
                          .bind(answer.envelope)
                          .bind(answer.seconds)
                          .bind(answer.at.empty() ? utc_now(true) : answer.at)
                          .next();
  if (is_new) added.run();
  return is_new;
}

std::vector<AnswerRecord> Ledger::answers(const std::string& date, Asked asked) {
  std::vector<AnswerRecord> answers;
  SqlStatement row = database_->prepare(
      fmt::format("SELECT {} FROM {} WHERE s.date = ? AND s.asked = ? ORDER BY s.arrival",
                  kAnswerColumns, kAnswerTables));
  row.bind(date).bind(asked_name(asked));
  while (row.next()) answers.push_back(read_answer(row));
  return answers;
}

std::optional<Ledger::Earlier> Ledger::earlier_answer(std::int64_t miner_id,
                                                      const std::string& before) {
  SqlStatement row = database_->prepare(fmt::format(
      "SELECT {}, s.date FROM {} WHERE s.miner = ? AND s.date < ? AND s.asked = 'first' "
      "AND s.body_sha256 <> '' ORDER BY s.date DESC LIMIT 1",
      kAnswerColumns, kAnswerTables));
  if (!row.bind(miner_id).bind(before).next()) return std::nullopt;
  constexpr int kDateColumn = 15;
  return Earlier{row.text(kDateColumn), read_answer(row)};
}

std::vector<std::string> Ledger::bodies_of(const std::string& from, const std::string& before) {
  SqlStatement row = database_->prepare(
      "SELECT body_sha256 FROM submissions WHERE date >= ?1 AND date < ?2 AND body_sha256 <> '' "
      "EXCEPT SELECT body_sha256 FROM submissions WHERE date >= ?2 ORDER BY body_sha256");
  row.bind(from).bind(before);
  std::vector<std::string> bodies;
  while (row.next()) bodies.push_back(row.text(0));
  return bodies;
}

void Ledger::keep(const std::string& name, const std::string& value) {
  database_
      ->prepare(
          "INSERT INTO kept VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value")
      .bind(name)
      .bind(value)
      .run();
}

std::string Ledger::kept(const std::string& name) {
  SqlStatement row = database_->prepare("SELECT value FROM kept WHERE name = ?");
  return row.bind(name).next() ? row.text(0) : "";
}

void Ledger::keep_list(const std::string& name, const std::vector<std::string>& list) {
  database_->prepare("INSERT INTO kept VALUES (?, ?) ON CONFLICT DO NOTHING")
      .bind(name)
      .bind(Json(list).dump())
      .run();
}

std::optional<std::vector<std::string>> Ledger::kept_list(const std::string& name) {
  const Json list = Json::parse(kept(name), nullptr, false);
  if (!list.is_array()) return std::nullopt;
  std::vector<std::string> read;
  for (const Json& one : list) {
    if (one.is_string()) read.push_back(one.get<std::string>());
  }
  return read;
}

void Ledger::keep_references(const std::string& date, const std::vector<std::string>& names) {
  keep_list("references/" + date, names);
}

std::optional<std::vector<std::string>> Ledger::references(const std::string& date) {
  return kept_list("references/" + date);
}

void Ledger::keep_truths(const std::string& date, const std::vector<std::string>& dates) {
  keep_list("truths/" + date, dates);
}

std::optional<std::vector<std::string>> Ledger::truths(const std::string& date) {
  return kept_list("truths/" + date);
}

}  // namespace aml::validator
