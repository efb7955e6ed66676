// What the ledger keeps of truths for later days, and what miners contributed.
#include "validator/ledger_evidence.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/date.h"
#include "validator/ledger.h"

namespace aml::validator {

namespace {

using Json = nlohmann::json;

// Older than any truth that is still looked up: a round is judged by what was public then.
constexpr int kDaysKept = 200;

std::string_view bytes_of(const std::vector<double>& numbers) {
  return {reinterpret_cast<const char*>(numbers.data()), numbers.size() * sizeof(double)};
}

// Nothing where they are not `count` finite numbers.
std::optional<std::vector<double>> numbers_of(const std::string& bytes, std::size_t count) {
  if (bytes.size() != count * sizeof(double)) return std::nullopt;
  std::vector<double> numbers(count);
  if (count > 0) std::memcpy(numbers.data(), bytes.data(), bytes.size());
  const bool are_finite =
      std::all_of(numbers.begin(), numbers.end(), [](double x) { return std::isfinite(x); });
  return are_finite ? std::optional(std::move(numbers)) : std::nullopt;
}

}  // namespace

void add_evidence(SqlDatabase& database, const std::string& date,
                  const validation::DayEvidence& evidence) {
  database.prepare("INSERT OR REPLACE INTO evidence VALUES (?, ?, ?, ?, ?)")
      .bind(date)
      .bind(Json(evidence.identities).dump())
      .bind_bytes(bytes_of(evidence.gain))
      .bind_bytes(bytes_of(evidence.spread))
      .bind_bytes(bytes_of(evidence.clusters))
      .run();
  const auto day = Date::parse(date);
  if (!day) return;
  database.prepare("DELETE FROM evidence WHERE date < ?")
      .bind(day->plus_days(-kDaysKept).text())
      .run();
}

std::optional<validation::DayEvidence> Ledger::evidence(const std::string& date) {
  SqlStatement row =
      database_->prepare("SELECT identities, gain, spread, clusters FROM evidence WHERE date = ?");
  if (!row.bind(date).next()) return std::nullopt;
  const Json identities = Json::parse(row.text(0), nullptr, false);
  if (!identities.is_array()) return std::nullopt;
  validation::DayEvidence evidence;
  for (const Json& identity : identities) {
    if (!identity.is_string()) return std::nullopt;
    evidence.identities.push_back(identity.get<std::string>());
  }
  const std::size_t size = evidence.size();
  auto gain = numbers_of(row.text(1), size);
  auto spread = numbers_of(row.text(2), size * size);
  auto clusters = numbers_of(row.text(3), size * validation::kClusters);
  if (!gain || !spread || !clusters) return std::nullopt;
  evidence.gain = std::move(*gain);
  evidence.spread = std::move(*spread);
  evidence.clusters = std::move(*clusters);
  return evidence;
}

std::vector<double> Ledger::contributions(const MinerRecord& miner, std::int64_t days) {
  // CASE, because AND promises no order, and what cannot be read is no verdict.
  SqlStatement row = database_->prepare(
      "SELECT p.registered, "
      "CASE WHEN v.verdict IS NULL THEN '' WHEN json_valid(v.verdict) "
      "THEN coalesce(json_extract(v.verdict, '$.checks[0].name'), '') ELSE 'judged' END, "
      "CASE WHEN json_valid(v.verdict) "
      "THEN coalesce(json_extract(v.verdict, '$.contribution.points'), 0) ELSE 0 END "
      "FROM judged j "
      "LEFT JOIN verdicts v ON v.date = j.date AND v.stage = 'truth' AND v.miner = ? "
      "LEFT JOIN participants p ON p.date = j.date AND p.miner = ? "
      "WHERE j.stage = 'truth' ORDER BY j.date DESC LIMIT ?");
  row.bind(miner.id).bind(miner.id).bind(days);
  std::vector<double> points;
  while (row.next()) {
    if (row.text(1) == "judged") continue;
    const bool is_same = !row.is_null(0) && row.integer(0) == miner.registered;
    points.push_back(is_same && std::isfinite(row.real(2)) ? row.real(2) : 0);
  }
  std::reverse(points.begin(), points.end());
  return points;
}

}  // namespace aml::validator
