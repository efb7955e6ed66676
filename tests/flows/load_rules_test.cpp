// The rules as SQL and as TransferShard applies them.
#include <gtest/gtest.h>

#include <algorithm>
#include <tuple>

#include "base/database.h"
#include "example.h"
#include "flows/graph.h"
#include "flows/transfers.h"

namespace aml::flows {
namespace {

using Kept = std::tuple<std::string, std::string, std::int64_t, std::int64_t>;

// Rows with every fault there is a rule for, and many of them twice.
std::vector<Row> faulty_rows() {
  std::vector<Row> rows = random_rows({.rows = 2000, .time_step = 86400});
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (i % 7 == 0) rows[i].time /= 1000;
    if (i % 11 == 0) rows[i].source = rows[i].dest;
    if (i % 13 == 0) rows[i].amount = -rows[i].amount;
    if (i % 17 == 0) rows[i].time = 0;
    if (i % 19 == 0) rows[i].source.clear();
    if (i % 23 == 0) rows[i].amount = kLargestAmount * 2;
    if (i % 29 == 0) rows[i].amount = kMissing;
    if (i % 31 == 0) rows[i].time = -rows[i].time;
    rows[i].transaction = 1 + i / 2;
  }
  const std::vector<Row> again(rows.begin(), rows.begin() + 700);
  rows.insert(rows.end(), again.begin(), again.end());
  return rows;
}

TEST(LoadRules, AreTheSameAsSqlAndOnColumns) {
  const std::vector<Row> rows = faulty_rows();
  Database database;
  Connection connection = database.connect();
  std::string values;
  for (const Row& row : rows) {
    const std::string units = row.amount == kMissing ? "NULL" : std::to_string(row.amount);
    values +=
        fmt::format("{}({}, {}, {}, {}, {})", values.empty() ? "" : ", ", sql_text(row.source),
                    sql_text(row.dest), units, row.time, row.transaction);
  }
  connection.run(
      "CREATE TABLE raw (source VARCHAR, dest VARCHAR, units BIGINT, time BIGINT, tx BIGINT)");
  connection.run("INSERT INTO raw VALUES " + values);
  connection.run(
      "CREATE TABLE money_flows AS SELECT source, dest, "
      "CAST(units AS DECIMAL(38,4)) / 10000 AS amount, time, tx FROM raw");
  QueryResult result = connection.query(
      "SELECT source, dest, CAST(coalesce(round(amount_usd * 10000), -1) AS BIGINT), "
      "CAST(second AS BIGINT) FROM (" +
      std::string(load_rules_sql()) + ")");
  std::vector<Kept> by_sql;
  while (const auto chunk = result.next()) {
    for (std::size_t i = 0; i < chunk->rows(); ++i) {
      by_sql.emplace_back(chunk->column(0).as_text(i), chunk->column(1).as_text(i),
                          chunk->column(2).as_int64(i), chunk->column(3).as_int64(i));
    }
  }
  std::vector<Row> hashed = rows;
  for (std::size_t i = 0; i < hashed.size(); ++i) {
    hashed[i].row_hash =
        std::hash<std::string>()(fmt::format("{} {} {} {} {}", rows[i].source, rows[i].dest,
                                             rows[i].amount, rows[i].time, rows[i].transaction));
  }
  const Graph graph = graph_of(hashed);
  std::vector<Kept> by_columns;
  for (Address address = 0; address < graph.addresses(); ++address) {
    for (const Edge& edge : graph.outgoing(address)) {
      by_columns.emplace_back(graph.text(address), graph.text(edge.other), edge.amount,
                              edge.second);
    }
  }
  std::sort(by_sql.begin(), by_sql.end());
  std::sort(by_columns.begin(), by_columns.end());
  EXPECT_GT(by_sql.size(), 1000);
  EXPECT_EQ(by_columns, by_sql);
  EXPECT_GT(graph.counts().duplicates, 300);
  EXPECT_EQ(graph.counts().rows(), static_cast<std::int64_t>(rows.size()));
}

}  // namespace
}  // namespace aml::flows
