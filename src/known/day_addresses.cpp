#include "known/day_addresses.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>
#include <vector>

#include "base/date.h"
#include "base/json_text.h"
#include "flows/known.h"
#include "snapshot/address_text.h"
#include "snapshot/money_flows.h"

namespace aml::known {

namespace {

// The day's addresses that may be known. Capital letters are looked at only in the few that are
// left: to ask each of millions whether it is a hexadecimal number takes seconds.
std::string candidates(snapshot::Snapshot& snapshot) {
  const auto among = [](const std::string& address, const std::string& table) {
    return fmt::format(
        "SELECT {0} AS address FROM {1} WHERE lower({0}) IN (SELECT folded FROM "
        "day_labels)",
        address, table);
  };
  std::string sql = among("r.address", "subjects r");
  if (!snapshot.has(snapshot::File::money_flows)) return sql;
  const snapshot::ParquetSource& source = snapshot.source(snapshot::File::money_flows);
  const snapshot::FlowColumns flows = snapshot::flow_columns(snapshot.connection(), source);
  for (const std::string& end : {flows.source, flows.dest}) {
    sql += " UNION ALL " + among(end, source.table() + " r");
  }
  return sql;
}

QueryResult ask(snapshot::Snapshot& snapshot) {
  Connection& connection = snapshot.connection();
  connection.run(fmt::format(
      "CREATE OR REPLACE TEMP TABLE day_labels AS SELECT *, lower(address) AS folded FROM "
      "known_addresses WHERE category <> {}",
      sql_text(flows::kKnownNames[flows::kReported])));
  const std::string sql = fmt::format(
      "SELECT l.address, l.category, l.label, l.risk_level, l.source, l.is_bad, l.known_second "
      "FROM day_labels l WHERE l.address IN (SELECT {} FROM ({}) d) ORDER BY max(l.is_bad) OVER "
      "(PARTITION BY l.address) DESC, l.address, l.is_bad DESC, l.category, l.label, l.source, "
      "l.risk_level, l.known_second",
      snapshot::comparable_sql("d.address"), candidates(snapshot));
  if (!snapshot.has(snapshot::File::money_flows)) return connection.query(sql);
  return snapshot.source(snapshot::File::money_flows).query(connection, sql);
}

std::string label_json(const Chunk& chunk, std::size_t row) {
  std::string json = "{\"category\":";
  append_json_text(json, chunk.column(1).as_text(row));
  json += ",\"label\":";
  append_json_text(json, chunk.column(2).as_text(row));
  json += ",\"risk_level\":";
  append_json_text(json, chunk.column(3).as_text(row));
  json += ",\"source\":";
  append_json_text(json, chunk.column(4).as_text(row));
  const std::chrono::system_clock::time_point since{
      std::chrono::seconds(chunk.column(6).as_int64(row))};
  return json + fmt::format(",\"is_bad\":{},\"known_since\":\"{}\"}}",
                            chunk.column(5).as_int64(row) != 0, utc_text(since));
}

// The lines, as many as there is room for: bad addresses come first.
class Lines {
 public:
  Lines(std::size_t most_bytes, DayAddresses& day) : room_(most_bytes), day_(day) {}

  void add(std::string_view address, const std::string& label) {
    std::string key;
    append_json_text(key, address);
    if (key == key_) {
      line_ += "," + label;
      return;
    }
    end();
    key_ = std::move(key);
    line_ = key_ + ":[" + label;
  }

  std::string json() && {
    end();
    std::ranges::sort(lines_);
    return fmt::format("{{\"addresses\":{{\n{}\n}}}}\n", fmt::join(lines_, ",\n"));
  }

 private:
  void end() {
    if (line_.empty()) return;
    line_ += "]";
    constexpr std::size_t kBetween = 2;
    if (line_.size() + kBetween > room_) {
      room_ = 0;
      ++day_.left_out;
    } else {
      room_ -= line_.size() + kBetween;
      ++day_.addresses;
      lines_.push_back(std::move(line_));
    }
    line_.clear();
  }

  std::size_t room_;
  DayAddresses& day_;
  std::string key_;
  std::string line_;
  std::vector<std::string> lines_;
};

}  // namespace

DayAddresses addresses_of_day(snapshot::Snapshot& snapshot, std::size_t most_bytes) {
  constexpr std::size_t kFrame = 20;  // what stands around the lines
  DayAddresses day;
  Lines lines(most_bytes - std::min(most_bytes, kFrame), day);
  {
    QueryResult rows = ask(snapshot);
    while (const auto chunk = rows.next()) {
      for (std::size_t row = 0; row < chunk->rows(); ++row) {
        lines.add(chunk->column(0).as_text(row), label_json(*chunk, row));
      }
    }
  }
  day.json = std::move(lines).json();
  snapshot.connection().run("DROP TABLE day_labels");
  return day;
}

}  // namespace aml::known
