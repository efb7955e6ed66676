// The rows are taken by a function of SQL, in the vectors and threads in which DuckDB reads them:
// as a result they would be copied to one thread first, which costs more than all that follows.
#include "snapshot/flow_columns.h"

#include <duckdb.h>
#include <fmt/format.h>

#include <atomic>
#include <cmath>
#include <exception>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/error.h"
#include "base/threads.h"
#include "flows/make_graph.h"
#include "snapshot/money_flows.h"

namespace aml::snapshot {

namespace {

// The function's arguments.
enum Argument : std::size_t { kSource, kDest, kAmount, kTime, kHash, kTransaction };
constexpr std::size_t kTransfers = kTransaction;  // of pairs, which know no transaction
constexpr std::size_t kLastTime = kTransfers + 1;

// Where the rows go: a shard for each of DuckDB's threads.
class Collector {
 public:
  // only: those rows; null: all. It must live as long.
  explicit Collector(bool has_pairs, const flows::PartRows* only = nullptr)
      : has_pairs_(has_pairs), only_(only) {}
  bool has_pairs() const { return has_pairs_; }
  flows::TransferShard& shard() {
    const std::lock_guard lock(mutex_);
    return shards_.try_emplace(std::this_thread::get_id(), only_).first->second;
  }
  std::vector<flows::TransferShard> take() {
    std::vector<flows::TransferShard> all;
    for (auto& [thread, shard] : shards_) all.push_back(std::move(shard));
    return all;
  }

 private:
  bool has_pairs_;
  const flows::PartRows* only_;
  std::mutex mutex_;
  std::map<std::thread::id, flows::TransferShard> shards_;
};

std::vector<std::string_view> texts(const ColumnView& column) {
  std::vector<std::string_view> values(column.rows());
  for (std::size_t row = 0; row < values.size(); ++row) {
    if (!column.is_null(row)) values[row] = column.as_text(row);
  }
  return values;
}

std::vector<std::int64_t> integers(const ColumnView& column) {
  std::vector<std::int64_t> values(column.rows());
  for (std::size_t row = 0; row < values.size(); ++row) {
    values[row] = column.is_null(row) ? flows::kMissing : column.as_int64(row);
  }
  return values;
}

std::vector<std::uint64_t> hashes(const ColumnView& column) {
  std::vector<std::uint64_t> values(column.rows());
  for (std::size_t row = 0; row < values.size(); ++row) {
    if (!column.is_null(row)) values[row] = static_cast<std::uint64_t>(column.as_int64(row));
  }
  return values;
}

// Gives the columns of a chunk by their places.
auto columns_of(duckdb_data_chunk chunk) {
  return [chunk, rows = duckdb_data_chunk_get_size(chunk)](std::size_t index) {
    return ColumnView(duckdb_data_chunk_get_vector(chunk, index), rows);
  };
}

// Who pays a part's addresses, a list for each of DuckDB's threads.
class PayersCollector {
 public:
  explicit PayersCollector(const flows::AddressPart& part) : part_(part) {}
  const flows::AddressPart& part() const { return part_; }
  bool has_pairs() const { return false; }
  flows::PayersOfPart& payers() {
    const std::lock_guard lock(mutex_);
    return payers_[std::this_thread::get_id()];
  }
  flows::PayersOfPart take() {
    flows::PayersOfPart all;
    for (auto& [thread, payers] : payers_) all.add(std::move(payers));
    all.finish();
    return all;
  }

 private:
  flows::AddressPart part_;
  std::mutex mutex_;
  std::map<std::thread::id, flows::PayersOfPart> payers_;
};

void take_chunk(PayersCollector& collector, duckdb_data_chunk chunk) {
  const auto column = columns_of(chunk);
  const auto source = texts(column(kSource));
  const auto dest = texts(column(kDest));
  const auto time = integers(column(kTime));
  const auto transaction = hashes(column(kTransaction));
  flows::PayersOfPart& payers = collector.payers();
  for (std::size_t row = 0; row < source.size(); ++row) {
    if (transaction[row] == 0 || source[row].empty() || dest[row].empty()) continue;
    const std::uint64_t dest_hash = flows::AddressBook::hash_of(dest[row]);
    if (!collector.part().owns(dest_hash)) continue;
    payers.add(flows::AddressBook::hash_of(source[row]), dest_hash, transaction[row],
               flows::second_of(time[row]));
  }
}

void take_chunk(Collector& collector, duckdb_data_chunk chunk) {
  const auto column = columns_of(chunk);
  const auto source = texts(column(kSource));
  const auto dest = texts(column(kDest));
  const auto amount = integers(column(kAmount));
  const auto time = integers(column(kTime));
  const auto row_hash = hashes(column(kHash));
  flows::TransferBatch batch{source, dest, amount, time, {}, {}, {}, row_hash};
  if (collector.has_pairs()) {
    const auto transfers = integers(column(kTransfers));
    const auto last_time = integers(column(kLastTime));
    batch.transfers = transfers;
    batch.last_time = last_time;
    collector.shard().add(batch);
  } else {
    const auto transaction = hashes(column(kTransaction));
    batch.transaction = transaction;
    collector.shard().add(batch);
  }
}

template <typename Taker>
void take_flows(duckdb_function_info info, duckdb_data_chunk chunk, duckdb_vector output) {
  // Exceptions must not pass through DuckDB's C interface.
  try {
    throw_if_stop_requested();
    take_chunk(*static_cast<Taker*>(duckdb_scalar_function_get_extra_info(info)), chunk);
    auto* taken = static_cast<bool*>(duckdb_vector_get_data(output));
    std::fill_n(taken, duckdb_data_chunk_get_size(chunk), true);
  } catch (const std::exception& e) {
    duckdb_scalar_function_set_error(info, e.what());
  }
}

template <typename Taker>
void register_take_flows(const Connection& connection, const std::string& name, Taker& collector) {
  std::vector<duckdb_type> types = {DUCKDB_TYPE_VARCHAR, DUCKDB_TYPE_VARCHAR, DUCKDB_TYPE_DECIMAL,
                                    DUCKDB_TYPE_BIGINT, DUCKDB_TYPE_UBIGINT};
  if (collector.has_pairs()) {
    types.insert(types.end(), {DUCKDB_TYPE_BIGINT, DUCKDB_TYPE_BIGINT});
  } else {
    types.push_back(DUCKDB_TYPE_UBIGINT);
  }
  duckdb_scalar_function function = duckdb_create_scalar_function();
  duckdb_scalar_function_set_name(function, name.c_str());
  for (const duckdb_type id : types) {
    // A DECIMAL(18,4) lies in memory as a whole number of 1e-4.
    duckdb_logical_type type = id == DUCKDB_TYPE_DECIMAL ? duckdb_create_decimal_type(18, 4)
                                                         : duckdb_create_logical_type(id);
    duckdb_scalar_function_add_parameter(function, type);
    duckdb_destroy_logical_type(&type);
  }
  duckdb_logical_type result = duckdb_create_logical_type(DUCKDB_TYPE_BOOLEAN);
  duckdb_scalar_function_set_return_type(function, result);
  duckdb_destroy_logical_type(&result);
  duckdb_scalar_function_set_special_handling(function);  // a NULL does not pass a row over
  duckdb_scalar_function_set_volatile(function);
  duckdb_scalar_function_set_extra_info(function, &collector, nullptr);
  duckdb_scalar_function_set_function(function, take_flows<Taker>);
  const duckdb_state state = duckdb_register_scalar_function(
      static_cast<duckdb_connection>(connection.native_handle()), function);
  duckdb_destroy_scalar_function(&function);
  if (state != DuckDBSuccess) {
    throw Error(ErrorKind::internal, "DuckDB refuses the function " + name);
  }
}

// A time as it stands in the file, in milliseconds or seconds: the graph's rules tell them apart.
Column as_it_is(Column column) {
  if (column.kind == Kind::second) column.kind = Kind::instant;
  return column;
}

// All columns but the addresses, which the graph compares itself.
std::string row_hash(const ParquetSource& source, const std::vector<Column>& columns) {
  std::string list;
  for (const FoundColumn& found : source.columns()) {
    const bool is_address =
        &found == source.find(columns[kSource]) || &found == source.find(columns[kDest]);
    if (is_address) continue;
    list += fmt::format("{}r.{}", list.empty() ? "" : ", ", sql_name(found.sql_name));
  }
  // A file that never had a column has no rows either.
  return list.empty() ? "hash(0)" : fmt::format("hash({})", list);
}

std::string arguments(Connection& connection, const ParquetSource& source) {
  const std::vector<Column>& columns = flow_schema(source);
  std::vector<std::string> sql;
  sql.reserve(columns.size());
  for (const Column& column : columns) {
    sql.push_back(source.expression(connection, as_it_is(column)));
  }
  const std::string hash = row_hash(source, columns);
  if (has_pairs(source)) {
    return fmt::format("{}, {}, {}, {}, {}, {}, {}", sql[0], sql[1], sql[3], sql[4], hash, sql[2],
                       sql[5]);
  }
  const std::string id = source.expression(connection, {"tx_hash", Kind::text});
  return fmt::format("{}, {}, {}, {}, {}, CASE WHEN {} <> '' THEN hash({}) END", sql[0], sql[1],
                     sql[2], sql[3], hash, id, id);
}

// flows::second_of() as SQL.
std::string within(Connection& connection, const ParquetSource& source,
                   const flows::Period& period) {
  return fmt::format(
      " WHERE CASE WHEN {0} >= 100000000000 THEN {0} // 1000 ELSE {0} END >= {1} AND CASE WHEN {0} "
      ">= 100000000000 THEN {0} // 1000 ELSE {0} END < {2}",
      source.expression(connection, as_it_is(flow_schema(source)[kTime])), period.begin,
      period.end);
}

// Gives all rows of the file, or those that a condition lets pass, to a collector.
template <typename Taker>
void read_flows(Connection& connection, const ParquetSource& source, Taker& collector,
                const std::string& condition = "") {
  static std::atomic<int> readings{0};
  const std::string name = fmt::format("take_flows_{}", ++readings);
  register_take_flows(connection, name, collector);
  source.run(connection, fmt::format("SELECT count({}({})) FROM {} r{}", name,
                                     arguments(connection, source), source.table(), condition));
}

}  // namespace

flows::Graph read_flow_graph(Connection& connection, const ParquetSource& source, int threads,
                             const std::optional<flows::Period>& period) {
  Collector collector(has_pairs(source));
  read_flows(connection, source, collector, period ? within(connection, source, *period) : "");
  return flows::make_graph(collector.take(), threads);
}

flows::Graph read_flow_graph(Connection& connection, const ParquetSource& source, int threads,
                             const flows::AddressPart& part) {
  flows::PartRows rows{part};
  if (source.has("tx_hash")) {
    PayersCollector payers(part);
    read_flows(connection, source, payers);
    rows.payers = payers.take();
  }
  Collector collector(/*has_pairs=*/false, &rows);
  read_flows(connection, source, collector);
  return flows::make_graph(collector.take(), threads, &part);
}

}  // namespace aml::snapshot
