#include "commands/matrix_file.h"

#include <fmt/format.h>

#include <limits>
#include <optional>
#include <set>
#include <string_view>

#include "base/error.h"
#include "base/log.h"

namespace aml::commands {

namespace {

// NULL where there is no way from the type to a double.
std::optional<std::string> as_double(const MatrixFile::Column& column) {
  static const std::set<std::string_view> kNumbers{
      "BOOLEAN",   "TINYINT",  "SMALLINT", "INTEGER",  "BIGINT", "HUGEINT", "UTINYINT",
      "USMALLINT", "UINTEGER", "UBIGINT",  "UHUGEINT", "FLOAT",  "DOUBLE"};
  const std::string name = "r." + sql_name(column.sql_name);
  if (column.type == "DOUBLE") return name;
  if (column.type.starts_with("DECIMAL")) return fmt::format("decimal_to_double({})", name);
  if (kNumbers.contains(column.type)) return fmt::format("CAST({} AS DOUBLE)", name);
  return std::nullopt;
}

std::vector<std::string> names_of(const std::vector<MatrixFile::Column>& columns) {
  std::vector<std::string> names;
  names.reserve(columns.size());
  for (const MatrixFile::Column& column : columns) names.push_back(column.name);
  return names;
}

}  // namespace

MatrixFile::MatrixFile(Connection& connection, const std::filesystem::path& path)
    : source_(connection, path,
              {.max_rows = std::numeric_limits<std::int64_t>::max(), .bytes_are_text = false}),
      names_(names_of(source_.columns())) {}

const MatrixFile::Column* MatrixFile::find(const std::string& name) const {
  if (const Column* const found = source_.find({name, snapshot::Kind::number})) return found;
  const auto place = names_.find(name);
  return place ? &columns()[*place] : nullptr;
}

std::vector<std::string> MatrixFile::as_doubles(const std::vector<std::string>& names) const {
  const std::set<std::string_view> wanted(names.begin(), names.end());
  std::vector<std::string> expressions;
  std::string renamed;
  std::string missing;
  std::size_t missing_count = 0;
  constexpr std::size_t kNamed = 10;  // a sentence, not a listing
  for (const std::string& name : names) {
    const Column* const found = find(name);
    // A column that is another feature's own is not this one's.
    if (found == nullptr || (found->name != name && wanted.contains(found->name))) {
      if (++missing_count <= kNamed) missing += (missing.empty() ? "" : ", ") + name;
      continue;
    }
    if (forest::stored_name(found->name) != name)
      renamed += (renamed.empty() ? "" : ", ") + found->name;
    const auto expression = as_double(*found);
    if (!expression) {
      throw Error(ErrorKind::bad_input,
                  fmt::format("{}: column {} is of type {}, and a number is needed: export it as "
                              "DOUBLE, categories as their codes",
                              path().string(), found->name, found->type));
    }
    expressions.push_back(*expression);
  }
  if (!renamed.empty()) {
    log::warning("columns differ from the model's features in capital letters alone and are read",
                 {{"columns", renamed}});
  }
  if (missing_count == 0) return expressions;
  if (missing_count > kNamed) missing += fmt::format(" and {} more", missing_count - kNamed);
  throw Error(ErrorKind::bad_input,
              fmt::format("{} lacks columns that the model needs: {}", path().string(), missing));
}

}  // namespace aml::commands
