#include "results/row_stream.h"

#include <fmt/format.h>

#include <cmath>
#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/files.h"

namespace aml::results {

namespace fs = std::filesystem;

namespace {

// What a column of a published file may hold.
enum class Kind {
  text,
  optional_text,
  share,  // a number in [0, 1]
  optional_share,
  finite,  // a number
  rank,    // an integer from 1
  optional_flag,
};

struct PublishedColumn {
  std::string name;
  Kind kind;
  bool may_be_missing = false;  // earlier versions do not write it
};

bool is_text(Kind kind) { return kind == Kind::text || kind == Kind::optional_text; }
bool is_optional(Kind kind) {
  return kind == Kind::optional_text || kind == Kind::optional_share || kind == Kind::optional_flag;
}

// DuckDB's type to read it as.
const char* type_of(Kind kind) {
  if (is_text(kind)) return "VARCHAR";
  return kind == Kind::rank || kind == Kind::optional_flag ? "BIGINT" : "DOUBLE";
}

const char* description_of(Kind kind) {
  if (is_text(kind)) return "text";
  if (kind == Kind::optional_flag) return "true or false";
  return kind == Kind::rank ? "an integer" : "a number";
}

// Whether values of a Parquet column of this DuckDB type are of the kind: other writers choose
// other widths.
bool is_of_kind(Kind kind, const std::string& type) {
  if (is_text(kind)) return type == "VARCHAR";
  if (kind == Kind::optional_flag) return type == "BOOLEAN";
  const bool is_integer = type.ends_with("INT") || type.ends_with("INTEGER");
  const bool is_real = type == "FLOAT" || type == "DOUBLE" || type.starts_with("DECIMAL");
  return is_integer || (is_real && kind != Kind::rank);
}

const char* fault_of(Kind kind, const ColumnView& column, std::size_t row) {
  if (column.is_null(row)) return is_optional(kind) ? nullptr : "is NULL";
  switch (kind) {
    case Kind::text:
    case Kind::optional_text:
    case Kind::optional_flag:
      return nullptr;
    case Kind::share:
    case Kind::optional_share: {
      const double value = column.as_double(row);
      return value >= 0 && value <= 1 ? nullptr : "is not in [0, 1]";
    }
    case Kind::finite:
      return std::isfinite(column.as_double(row)) ? nullptr : "is not finite";
    case Kind::rank:
      return column.as_int64(row) >= 1 ? nullptr : "is below 1";
  }
  return nullptr;
}

}  // namespace

struct RowStream::State {
  State(fs::path path, std::vector<PublishedColumn> wanted, std::string order_key)
      : file(std::move(path)), columns(std::move(wanted)), key(std::move(order_key)) {}

  fs::path file;
  std::vector<PublishedColumn> columns;
  std::string key;
  Database database{{.threads = 1}};
  Connection connection = database.connect();
  std::size_t rows = 0;
  std::size_t given = 0;
  std::optional<QueryResult> result{};

  // Runs `step`, whose errors then name the file.
  template <typename Step>
  auto named(Step step) {
    try {
      return step();
    } catch (const Error& e) {
      throw Error(e.kind(), fmt::format("cannot read {}: {}; process the day again", file.string(),
                                        e.what()));
    }
  }

  std::string table() const {
    return fmt::format("read_parquet({}, hive_partitioning = false)", sql_path(file));
  }

  void check_columns() {
    std::map<std::string, std::string> types;
    QueryResult described = connection.query(
        fmt::format("SELECT column_name, column_type FROM (DESCRIBE FROM {})", table()));
    while (const auto chunk = described.next()) {
      for (std::size_t row = 0; row < chunk->rows(); ++row) {
        types.emplace(chunk->column(0).as_text(row), chunk->column(1).as_text(row));
      }
    }
    for (PublishedColumn& column : columns) {
      const auto found = types.find(column.name);
      column.may_be_missing = column.may_be_missing && found == types.end();
      if (column.may_be_missing) continue;
      if (found == types.end()) {
        throw Error(ErrorKind::bad_input, fmt::format("it has no column {}", column.name));
      }
      if (is_of_kind(column.kind, found->second) || holds_nothing(column)) continue;
      throw Error(ErrorKind::bad_input,
                  fmt::format("its column {} is of type {}, and should hold {}", column.name,
                              found->second, description_of(column.kind)));
    }
  }

  // Writers give a column without values any type.
  bool holds_nothing(const PublishedColumn& column) {
    return is_optional(column.kind) &&
           connection.query_int(
               fmt::format("SELECT count({}) FROM {}", sql_name(column.name), table())) == 0;
  }

  std::string select() const {
    std::string list;
    for (const PublishedColumn& column : columns) {
      list +=
          fmt::format("{}CAST({} AS {})", list.empty() ? "" : ", ",
                      column.may_be_missing ? "NULL" : sql_name(column.name), type_of(column.kind));
    }
    return fmt::format("SELECT {} FROM {}", list, table());
  }

  void check_values(const Chunk& chunk) const {
    for (std::size_t i = 0; i < columns.size(); ++i) {
      const ColumnView column = chunk.column(i);
      for (std::size_t row = 0; row < chunk.rows(); ++row) {
        const char* const fault = fault_of(columns[i].kind, column, row);
        if (fault == nullptr) continue;
        throw Error(ErrorKind::bad_input,
                    fmt::format("{} of row {} {}", columns[i].name, given + row + 1, fault));
      }
    }
  }
};

RowStream::RowStream(std::unique_ptr<State> state) : state_(std::move(state)) {}
RowStream::~RowStream() = default;
RowStream::RowStream(RowStream&&) noexcept = default;
RowStream& RowStream::operator=(RowStream&&) noexcept = default;

RowStream RowStream::open(const fs::path& file, std::unique_ptr<State> state, Order order) {
  if (!file_size_if_exists(file)) {
    throw Error(ErrorKind::not_found, file.string() + " does not exist; process the day again");
  }
  RowStream stream(std::move(state));
  State& opened = *stream.state_;
  opened.named([&] {
    opened.rows = static_cast<std::size_t>(
        opened.connection.query_int(fmt::format("SELECT count(*) FROM {}", opened.table())));
    if (opened.rows == 0) return;  // whose columns may have no type
    opened.check_columns();
    opened.result = opened.connection.stream(
        order == Order::sorted
            ? fmt::format("{} ORDER BY {} NULLS FIRST", opened.select(), sql_name(opened.key))
            : opened.select());
  });
  return stream;
}

RowStream RowStream::scored(const fs::path& file, const std::string& id, Order order) {
  const std::vector<PublishedColumn> columns{{id, Kind::text},
                                             {"score", Kind::share},
                                             {"model_version", Kind::text},
                                             {"latency_ms", Kind::finite},
                                             {"explain_json", Kind::optional_text},
                                             {"probability", Kind::optional_share, true},
                                             {"sanctioned", Kind::optional_flag, true}};
  return open(file, std::make_unique<State>(file, columns, id), order);
}

RowStream RowStream::ranked(const fs::path& file, Order order) {
  const std::vector<PublishedColumn> columns{{"alert_id", Kind::text},
                                             {"rank", Kind::rank},
                                             {"score", Kind::share},
                                             {"rank_explain_json", Kind::optional_text, true},
                                             {"sanctioned", Kind::optional_flag, true}};
  return open(file, std::make_unique<State>(file, columns, "rank"), order);
}

std::size_t RowStream::rows() const { return state_->rows; }

std::optional<Chunk> RowStream::next() {
  if (!state_->result) return std::nullopt;
  return state_->named([&] {
    std::optional<Chunk> chunk = state_->result->next();
    if (chunk) {
      state_->check_values(*chunk);
      state_->given += chunk->rows();
    }
    return chunk;
  });
}

}  // namespace aml::results
