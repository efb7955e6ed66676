// The weights of the ledger: intended, being sent, and what became of them.
#include <nlohmann/json.hpp>

#include "base/date.h"
#include "base/error.h"
#include "validator/ledger.h"

namespace aml::validator {

namespace {

using Json = nlohmann::json;

const char* sending_name(Sending state) {
  switch (state) {
    case Sending::intended:
      return "intended";
    case Sending::sending:
      return "sending";
    case Sending::accepted:
      return "accepted";
    case Sending::refused:
      return "refused";
  }
  return "";
}

Sending sending_of(const std::string& name) {
  if (name == "accepted") return Sending::accepted;
  if (name == "sending") return Sending::sending;
  return name == "refused" ? Sending::refused : Sending::intended;
}

}  // namespace

WeightsRecord Ledger::intend_weights(const WeightsRecord& weights) {
  database_
      .prepare(
          "INSERT INTO weights VALUES (?, ?, ?, ?, ?, 'intended', 0, 0, '', ?) "
          "ON CONFLICT DO NOTHING")
      .bind(weights.date)
      .bind(stage_name(weights.stage))
      .bind(Json(weights.uids).dump())
      .bind(Json(weights.hotkeys).dump())
      .bind(Json(weights.values).dump())
      .bind(utc_now(true))
      .run();
  for (const WeightsRecord& record : this->weights()) {
    if (record.date == weights.date && record.stage == weights.stage) return record;
  }
  throw Error(ErrorKind::internal, "the ledger lost the weights it was just given");
}

void Ledger::begin_sending(const std::string& date, Stage stage, std::uint64_t block_before) {
  database_
      .prepare(
          "UPDATE weights SET state = 'sending', block_before = ? "
          "WHERE date = ? AND stage = ? AND state = 'intended'")
      .bind(static_cast<std::int64_t>(block_before))
      .bind(date)
      .bind(stage_name(stage))
      .run();
}

void Ledger::settle_weights(const std::string& date, Stage stage, Sending state,
                            const std::string& message, std::uint64_t block) {
  database_
      .prepare(
          "UPDATE weights SET state = ?, message = ?, block = ? "
          "WHERE date = ? AND stage = ? AND state <> 'accepted'")
      .bind(sending_name(state))
      .bind(message)
      .bind(static_cast<std::int64_t>(block))
      .bind(date)
      .bind(stage_name(stage))
      .run();
}

std::vector<WeightsRecord> Ledger::weights() {
  std::vector<WeightsRecord> records;
  SqlStatement row = database_.prepare(
      "SELECT date, stage, uids, hotkeys, \"values\", state, block_before, block, message, at FROM "
      "weights "
      "ORDER BY at DESC, date DESC");
  while (row.next()) {
    records.push_back({row.text(0), stage_of(row.text(1)),
                       Json::parse(row.text(2)).get<std::vector<int>>(),
                       Json::parse(row.text(3)).get<std::vector<std::string>>(),
                       Json::parse(row.text(4)).get<std::vector<double>>(), sending_of(row.text(5)),
                       static_cast<std::uint64_t>(row.integer(6)),
                       static_cast<std::uint64_t>(row.integer(7)), row.text(8), row.text(9)});
  }
  return records;
}

}  // namespace aml::validator
