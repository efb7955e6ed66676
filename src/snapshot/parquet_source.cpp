#include "snapshot/parquet_source.h"

#include <fmt/format.h>

#include "base/error.h"
#include "base/files.h"
#include "snapshot/canonical.h"

namespace aml::snapshot {
namespace {

Error unreadable(const std::filesystem::path& path, const Error& cause) {
  if (cause.kind() != ErrorKind::bad_input) {
    return cause;
  }
  return Error(ErrorKind::bad_input,
               fmt::format("{} cannot be read as Parquet: download or export it again ({})",
                           path.string(), cause.what()));
}

}  // namespace

ParquetSource::ParquetSource(Connection& connection, std::filesystem::path path)
    : path_(std::move(path)) {
  if (!file_size_if_exists(path_)) {
    throw Error(
        ErrorKind::not_found,
        fmt::format("{} does not exist: download the snapshot, or name the folder that holds "
                    "it with --input-dir",
                    path_.string()));
  }
  try {
    QueryResult described = connection.query(
        fmt::format("SELECT column_name, column_type FROM (DESCRIBE FROM {})", table()));
    while (const std::optional<Chunk> chunk = described.next()) {
      for (std::size_t row = 0; row < chunk->rows(); ++row) {
        columns_.push_back({std::string(chunk->column(0).as_text(row)),
                            std::string(chunk->column(1).as_text(row))});
      }
    }
    rows_ = connection.query_int(fmt::format("SELECT count(*) FROM {}", table()));
  } catch (const Error& error) {
    throw unreadable(path_, error);
  }
}

// ClickHouse may write text as plain bytes, hence binary_as_string.
std::string ParquetSource::table() const {
  return fmt::format("read_parquet({}, binary_as_string = true)", sql_text(path_.string()));
}

bool ParquetSource::has(const std::string& column) const {
  return find(Column{column, Kind::text}) != nullptr;
}

std::vector<std::string> ParquetSource::columns() const {
  std::vector<std::string> names;
  names.reserve(columns_.size());
  for (const FoundColumn& found : columns_) names.push_back(found.name);
  return names;
}

bool ParquetSource::reads_as(const Column& column, const std::string& name) const {
  const FoundColumn* found = find(column);
  return found != nullptr && found->name == name;
}

const ParquetSource::FoundColumn* ParquetSource::find(const Column& column) const {
  const auto named = [&](const std::string& name) -> const FoundColumn* {
    for (const FoundColumn& found : columns_) {
      if (found.name == name) {
        return &found;
      }
    }
    return nullptr;
  };
  const FoundColumn* found = named(column.name);
  for (std::size_t i = 0; found == nullptr && i < column.aliases.size(); ++i) {
    found = named(column.aliases[i]);
  }
  return found;
}

std::string ParquetSource::expression(Connection& connection, const Column& column) const {
  std::string null = fmt::format("CAST(NULL AS {})", canonical_type(column.kind));
  const FoundColumn* found = find(column);
  if (found == nullptr) {
    if (!column.is_required) {
      return null;
    }
    throw Error(
        ErrorKind::bad_input,
        fmt::format("{} has no column {}, which is needed to tell its rows apart: export the "
                    "file with that column",
                    path_.string(), column.name));
  }
  const std::string name = "r." + sql_name(found->name);
  if (const std::optional<std::string> sql = canonical_expression(column.kind, found->type, name)) {
    return *sql;
  }
  // A column of nothing but nulls has whatever type its writer fell back to.
  const std::string count = fmt::format("SELECT count({}) FROM {} r", name, table());
  if (!column.is_required && connection.query_int(count) == 0) {
    return null;
  }
  throw Error(ErrorKind::bad_input,
              fmt::format("{}: column {} is of type {}, but {} is needed: export it as that",
                          path_.string(), found->name, found->type, description_of(column.kind)));
}

std::string ParquetSource::select_list(Connection& connection,
                                       const std::vector<Column>& columns) const {
  std::string list;
  for (const Column& column : columns) {
    list += fmt::format("{}{} AS {}", list.empty() ? "" : ", ", expression(connection, column),
                        column.name);
  }
  return list;
}

void ParquetSource::run(Connection& connection, const std::string& sql) const {
  try {
    connection.run(sql);
  } catch (const Error& error) {
    throw unreadable(path_, error);
  }
}

}  // namespace aml::snapshot
