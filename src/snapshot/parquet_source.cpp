#include "snapshot/parquet_source.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <map>

#include "base/error.h"
#include "base/file_system.h"
#include "base/lower_case.h"
#include "snapshot/canonical.h"
#include "snapshot/data_files.h"

namespace aml::snapshot {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kMaxParts = 10'000;

// What the file is not to blame for passes as it is.
Error unreadable(const fs::path& path, const Error& cause) {
  if (cause.kind() != ErrorKind::bad_input) return cause;
  return Error(ErrorKind::bad_input,
               fmt::format("cannot read {} as Parquet: download or export it again ({})",
                           path.string(), cause.what()));
}

std::vector<fs::path> files_of(const fs::path& path) {
  std::vector<fs::path> files = data_files(path);
  if (files.size() > kMaxParts) {
    throw Error(ErrorKind::bad_input,
                fmt::format("{} holds {} part files, more than {}: write fewer", path.string(),
                            files.size(), kMaxParts));
  }
  for (const fs::path& file : files) {
    if (::access(file.c_str(), R_OK) != 0) {
      throw system_error("cannot read " + file.string(), errno);
    }
  }
  return files;
}

std::string list_of(const std::vector<fs::path>& files) {
  if (files.size() == 1) return sql_path(files.front());
  std::string list;
  for (const fs::path& file : files) list += (list.empty() ? "" : ", ") + sql_path(file);
  return "[" + list + "]";
}

// Names of the file's columns in their order. parquet_schema lists them with what is nested in
// them, each node before its children; DuckDB's own list has the top alone, renamed where two names
// differ only in case.
std::vector<std::string> top_names(Connection& connection, const fs::path& file) {
  QueryResult nodes = connection.query(
      fmt::format("SELECT name, CAST(coalesce(num_children, 0) AS BIGINT) FROM parquet_schema({})",
                  sql_path(file)));
  std::vector<std::string> names;
  bool is_root = true;
  std::int64_t nested = 0;
  while (const auto chunk = nodes.next()) {
    for (std::size_t row = 0; row < chunk->rows(); ++row) {
      const std::int64_t children = chunk->column(1).as_int64(row);
      if (is_root) {
        is_root = false;
      } else if (nested > 0) {
        nested += children - 1;
      } else {
        names.emplace_back(chunk->column(0).as_text(row));
        nested = children;
      }
    }
  }
  return names;
}

// All columns of that name, whatever the case.
std::vector<const FoundColumn*> in_any_case(const std::vector<FoundColumn>& columns,
                                            const std::string& name) {
  const std::string wanted = in_lower_case(name);
  std::vector<const FoundColumn*> found;
  for (const FoundColumn& column : columns) {
    if (in_lower_case(column.name) == wanted) found.push_back(&column);
  }
  return found;
}

std::string names_of(const std::vector<const FoundColumn*>& columns) {
  std::string names;
  for (const FoundColumn* column : columns) names += (names.empty() ? "" : " and ") + column->name;
  return names;
}

}  // namespace

const FoundColumn* find_column(const std::vector<FoundColumn>& columns, const Column& wanted) {
  std::vector<std::string> names = wanted.aliases;
  names.insert(names.begin(), wanted.name);
  for (const std::string& name : names) {
    const auto exact = std::find_if(columns.begin(), columns.end(),
                                    [&](const FoundColumn& column) { return column.name == name; });
    if (exact != columns.end()) return &*exact;
  }
  for (const std::string& name : names) {
    const auto found = in_any_case(columns, name);
    if (found.size() == 1) return found.front();
  }
  return nullptr;
}

TooManyRows::TooManyRows(const fs::path& path, std::uint64_t rows, std::int64_t max_rows)
    : Error(ErrorKind::bad_input,
            fmt::format("{} has {} rows, more than the {} of --max-rows: raise that if so many are "
                        "meant",
                        path.string(), rows, max_rows)),
      file_name_(path.filename().string()) {}

ParquetSource::ParquetSource(Connection& connection, fs::path path, const Options& options)
    : path_(std::move(path)), files_(files_of(path_)), bytes_are_text_(options.bytes_are_text) {
  std::erase_if(files_, has_no_columns);
  has_columns_ = !files_.empty();
  if (!has_columns_) return;
  try {
    count_rows(connection, options.max_rows);
    read_schema(connection);
  } catch (const Error& error) {
    if (std::string_view(error.what()).starts_with(path_.string())) throw;
    throw unreadable(path_, error);
  }
}

void ParquetSource::count_rows(Connection& connection, std::int64_t max_rows) {
  QueryResult counts = connection.query(
      fmt::format("SELECT file_name, CAST(num_rows AS BIGINT), CAST(num_row_groups AS BIGINT) FROM "
                  "parquet_file_metadata({})",
                  list_of(files_)));
  std::map<std::string, std::int64_t> rows_of;
  while (const auto chunk = counts.next()) {
    for (std::size_t row = 0; row < chunk->rows(); ++row) {
      const std::int64_t rows = chunk->column(1).as_int64(row);
      rows_of[std::string(chunk->column(0).as_text(row))] = rows;
      row_groups_ += chunk->column(2).as_int64(row);
      if (rows < 0 || rows > max_rows - rows_) {
        throw TooManyRows(
            path_, static_cast<std::uint64_t>(rows_) + static_cast<std::uint64_t>(rows), max_rows);
      }
      rows_ += rows;
    }
  }
  // Parts without rows may have columns without types.
  const auto is_empty = [&](const fs::path& file) {
    const auto found = rows_of.find(rooted_path(file).string());
    return found != rows_of.end() && found->second == 0;
  };
  if (rows_ > 0) std::erase_if(files_, is_empty);
  if (rows_ == 0) files_.resize(1);
}

void ParquetSource::read_schema(Connection& connection) {
  const std::vector<std::string> names = top_names(connection, files_.front());
  QueryResult described = connection.query(
      fmt::format("SELECT column_name, column_type FROM (DESCRIBE FROM {})", table()));
  while (const auto chunk = described.next()) {
    for (std::size_t row = 0; row < chunk->rows(); ++row) {
      const std::string sql_name(chunk->column(0).as_text(row));
      const std::size_t place = columns_.size();
      columns_.push_back({place < names.size() ? names[place] : sql_name, sql_name,
                          std::string(chunk->column(1).as_text(row))});
    }
  }
}

std::string ParquetSource::table() const {
  if (!has_columns_) return "(SELECT 1 AS nothing WHERE false)";
  return fmt::format("read_parquet({}, hive_partitioning = false{}{})", list_of(files_),
                     bytes_are_text_ ? ", binary_as_string = true" : "",
                     files_.size() > 1 ? ", union_by_name = true" : "");
}

std::vector<std::string> ParquetSource::remarks(const std::vector<Column>& columns) const {
  if (!has_columns_) return {};
  std::string renamed;
  std::string doubled;
  std::string repeated;
  std::string absent;
  const auto add = [](std::string& list, const std::string& item) {
    list += (list.empty() ? "" : ", ") + item;
  };
  for (const Column& column : columns) {
    const FoundColumn* const found = find(column);
    const auto same = in_any_case(columns_, found == nullptr ? column.name : found->name);
    if (found != nullptr && std::ranges::count(columns_, found->name, &FoundColumn::name) > 1) {
      add(repeated, found->name);
    } else if (same.size() > 1) {
      add(doubled, fmt::format("{} ({} is read)", names_of(same),
                               found == nullptr ? "neither" : found->name));
    } else if (found == nullptr) {
      // No producer must write _version.
      if (column.kind != Kind::version) add(absent, column.name);
    } else if (found->name != column.name && std::find(column.aliases.begin(), column.aliases.end(),
                                                       found->name) == column.aliases.end()) {
      add(renamed, found->name);
    }
  }
  std::vector<std::string> sentences;
  const auto say = [&](const char* what, const std::string& names) {
    if (!names.empty()) sentences.push_back(fmt::format("{} {}: {}", file_name(), what, names));
  };
  say("has columns whose names are documented in small letters; they are read", renamed);
  say("has columns whose names differ in capital letters alone", doubled);
  say("has several columns of the same name, of which the first is read", repeated);
  say("lacks documented columns, which count as missing", absent);
  return sentences;
}

std::string ParquetSource::expression(Connection& connection, const Column& column) const {
  std::string null = fmt::format("CAST(NULL AS {})", canonical_type(column.kind));
  const FoundColumn* found = find(column);
  if (found == nullptr) {
    if (!column.is_required || !has_columns_) return null;
    const auto same = in_any_case(columns_, column.name);
    throw Error(
        ErrorKind::bad_input,
        fmt::format("{} has no column {}, which is needed to tell its rows apart{}: export the "
                    "file with that column",
                    path_.string(), column.name,
                    same.empty() ? "" : fmt::format(", but {}", names_of(same))));
  }
  const std::string name = "r." + sql_name(found->sql_name);
  if (const std::optional<std::string> sql = canonical_expression(column.kind, found->type, name)) {
    return *sql;
  }
  // A column of nothing but nulls has whatever type its writer fell back to.
  if (rows_ == 0) return null;
  const std::string count = fmt::format("SELECT count({}) FROM {} r", name, table());
  if (!column.is_required && connection.query_int(count) == 0) return null;
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

QueryResult ParquetSource::query(Connection& connection, const std::string& sql) const {
  try {
    return connection.query(sql);
  } catch (const Error& error) {
    throw unreadable(path_, error);
  }
}

}  // namespace aml::snapshot
