// The weights of the ledger: intended, being sent, and what became of them.
#include <array>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "base/date.h"
#include "base/error.h"
#include "validator/ledger.h"

namespace aml::validator {

namespace {

using Json = nlohmann::json;

constexpr std::array<std::pair<Sending, const char*>, 6> kSendings{
    {{Sending::intended, "intended"},
     {Sending::sending, "sending"},
     {Sending::accepted, "accepted"},
     {Sending::committed, "committed"},
     {Sending::revealed, "revealed"},
     {Sending::refused, "refused"}}};

Sending sending_of(const std::string& name) {
  for (const auto& [state, known] : kSendings) {
    if (name == known) return state;
  }
  return Sending::intended;
}

// Nothing where the text is no list of them.
template <typename T>
std::optional<std::vector<T>> list_of(const std::string& text) {
  try {
    return Json::parse(text).get<std::vector<T>>();
  } catch (const Json::exception&) {
    return std::nullopt;
  }
}

std::optional<WeightsRecord> read_weights(const SqlStatement& row) {
  auto uids = list_of<int>(row.text(2));
  auto hotkeys = list_of<std::string>(row.text(3));
  auto values = list_of<double>(row.text(4));
  if (!uids || !hotkeys || !values || hotkeys->size() != values->size() ||
      uids->size() != values->size()) {
    return std::nullopt;
  }
  WeightsRecord record;
  record.date = row.text(0);
  record.stage = stage_of(row.text(1));
  record.uids = std::move(*uids);
  record.hotkeys = std::move(*hotkeys);
  record.values = std::move(*values);
  record.state = sending_of(row.text(5));
  record.block_before = static_cast<std::uint64_t>(row.integer(6));
  record.block = static_cast<std::uint64_t>(row.integer(7));
  record.message = row.text(8);
  record.at = row.text(9);
  record.sequence = row.integer(10);
  record.begun_block = static_cast<std::uint64_t>(row.integer(11));
  record.reveal_round = static_cast<std::uint64_t>(row.integer(12));
  return record;
}

}  // namespace

const char* sending_name(Sending state) {
  for (const auto& [known, name] : kSendings) {
    if (state == known) return name;
  }
  return "";
}

bool is_on_chain(Sending state) {
  return state == Sending::accepted || state == Sending::committed || state == Sending::revealed;
}

WeightsRecord Ledger::intend_weights(const WeightsRecord& weights) {
  const auto is_these = [&](const WeightsRecord& record) {
    return record.date == weights.date && record.stage == weights.stage;
  };
  for (const WeightsRecord& record : this->weights()) {
    if (is_these(record)) return record;
  }
  // A row that is there and cannot be read makes room.
  database_
      ->prepare(
          "INSERT OR REPLACE INTO weights (date, stage, uids, hotkeys, \"values\", state, at) "
          "VALUES (?, ?, ?, ?, ?, 'intended', ?)")
      .bind(weights.date)
      .bind(stage_name(weights.stage))
      .bind(Json(weights.uids).dump())
      .bind(Json(weights.hotkeys).dump())
      .bind(Json(weights.values).dump())
      .bind(utc_now(true))
      .run();
  for (const WeightsRecord& record : this->weights()) {
    if (is_these(record)) return record;
  }
  throw Error(ErrorKind::internal, "the ledger lost the weights it was just given");
}

void Ledger::begin_sending(const std::string& date, Stage stage, std::uint64_t block_before,
                           std::uint64_t begun_block) {
  database_
      ->prepare(
          "UPDATE weights SET state = 'sending', block_before = ?, begun_block = ?, message = '', "
          "block = CASE WHEN state IN ('intended', 'refused') THEN 0 ELSE block END, "
          "at = ? WHERE date = ? AND stage = ?")
      .bind(static_cast<std::int64_t>(block_before))
      .bind(static_cast<std::int64_t>(begun_block))
      .bind(utc_now(true))
      .bind(date)
      .bind(stage_name(stage))
      .run();
}

void Ledger::settle_weights(const std::string& date, Stage stage, Sending state,
                            const std::string& message, std::uint64_t block,
                            std::uint64_t reveal_round) {
  database_
      ->prepare(
          "UPDATE weights SET state = ?, message = ?, block = ?, reveal_round = ?, at = ? "
          "WHERE date = ? AND stage = ? AND state IN ('intended', 'sending')")
      .bind(sending_name(state))
      .bind(message)
      .bind(static_cast<std::int64_t>(block))
      .bind(static_cast<std::int64_t>(reveal_round))
      .bind(utc_now(true))
      .bind(date)
      .bind(stage_name(stage))
      .run();
}

void Ledger::note_weights(const std::string& date, Stage stage, const std::string& message) {
  database_
      ->prepare("UPDATE weights SET message = ? WHERE date = ? AND stage = ? AND state = 'sending'")
      .bind(message)
      .bind(date)
      .bind(stage_name(stage))
      .run();
}

void Ledger::reveal_weights(const std::string& date, Stage stage) {
  database_
      ->prepare(
          "UPDATE weights SET state = 'revealed', at = ? "
          "WHERE date = ? AND stage = ? AND state = 'committed'")
      .bind(utc_now(true))
      .bind(date)
      .bind(stage_name(stage))
      .run();
}

std::vector<WeightsRecord> Ledger::weights() {
  std::vector<WeightsRecord> records;
  SqlStatement row = database_->prepare(
      "SELECT date, stage, uids, hotkeys, \"values\", state, block_before, block, message, at, "
      "sequence, begun_block, reveal_round FROM weights ORDER BY sequence DESC");
  while (row.next()) {
    if (auto record = read_weights(row)) records.push_back(std::move(*record));
  }
  return records;
}

}  // namespace aml::validator
