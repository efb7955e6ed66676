#include "known/label_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "base/error.h"
#include "base/file_system.h"
#include "base/files.h"
#include "base/json_text.h"
#include "base/lower_case.h"
#include "snapshot/parquet_source.h"

namespace aml::known {

namespace fs = std::filesystem;

namespace {

std::string printable(std::string text) {
  constexpr std::size_t kQuoted = 40;
  text.resize(std::min(text.size(), kQuoted));
  std::replace_if(text.begin(), text.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
  return text;
}

// Refuses what no address or name is, and trims what is: a blank beside an address would hide it.
TakeLabel checked(const fs::path& file, const TakeLabel& take) {
  return [&file, &take](RawLabel&& label) {
    for (std::string* word : {&label.address, &label.network, &label.label, &label.category,
                              &label.risk_level, &label.source}) {
      if (!is_utf8(*word)) {
        throw Error(ErrorKind::bad_input,
                    fmt::format("{}: the label of an address like '{}' is not UTF-8", file.string(),
                                printable(label.address)));
      }
      *word = trimmed(*word);
      if (word->size() <= kLongestWord) continue;
      throw Error(
          ErrorKind::bad_input,
          fmt::format("{}: a value of {} bytes begins with '{}', but a label has at most {}",
                      file.string(), word->size(), printable(*word), kLongestWord));
    }
    if (!label.address.empty()) take(std::move(label));
  };
}

}  // namespace

std::string trimmed(std::string_view text) {
  constexpr std::string_view kBlanks[] = {" ",  "\t",       "\r",           "\n",          "\v",
                                          "\f", "\xC2\xA0", "\xE2\x80\x8B", "\xEF\xBB\xBF"};
  const auto strip = [&](auto does_stand, auto take_away) {
    const auto* found = std::find_if(std::begin(kBlanks), std::end(kBlanks), does_stand);
    while (found != std::end(kBlanks)) {
      take_away(found->size());
      found = std::find_if(std::begin(kBlanks), std::end(kBlanks), does_stand);
    }
  };
  strip([&](std::string_view blank) { return text.starts_with(blank); },
        [&](std::size_t bytes) { text.remove_prefix(bytes); });
  strip([&](std::string_view blank) { return text.ends_with(blank); },
        [&](std::size_t bytes) { text.remove_suffix(bytes); });
  return std::string(text);
}

void read_label_parquet(const fs::path& file, Connection& connection, std::int64_t max_rows,
                        const TakeLabel& take) {
  using snapshot::Column;
  using snapshot::Kind;
  static const std::vector<Column> columns = {
      {"address", Kind::text, true},   {"network", Kind::text},
      {"label", Kind::text},           {"address_type", Kind::text},
      {"address_subtype", Kind::text}, {"risk_level", Kind::text},
      {"source", Kind::text},          {"created_timestamp", Kind::second}};
  const snapshot::ParquetSource source(connection, file, {.max_rows = max_rows});
  QueryResult rows = source.query(
      connection,
      fmt::format("SELECT {} FROM {} r", source.select_list(connection, columns), source.table()));
  while (const auto chunk = rows.next()) {
    const auto text = [&](std::size_t column, std::size_t row) {
      return std::string(chunk->column(column).text_or_empty(row));
    };
    for (std::size_t row = 0; row < chunk->rows(); ++row) {
      RawLabel label{.address = text(0, row), .network = text(1, row), .label = text(2, row)};
      label.category = text(3, row) + " " + text(4, row);
      label.risk_level = text(5, row);
      label.source = text(6, row);
      const ColumnView created = chunk->column(7);
      if (!created.is_null(row) && created.as_int64(row) > 0) {
        label.known_second = created.as_int64(row);
      }
      label.is_no_earlier_than_file = true;
      take(std::move(label));
    }
  }
}

void read_sanctioned_list(const fs::path& file, const TakeLabel& take) {
  const std::string text = read_file(file, kMostListBytes);
  std::size_t line_number = 0;
  for (std::size_t begin = 0; begin < text.size();) {
    std::size_t end = text.find('\n', begin);
    if (end == std::string::npos) end = text.size();
    std::string line = text.substr(begin, end - begin);
    begin = end + 1;
    ++line_number;
    line = line.substr(0, line.find('#'));
    const std::size_t begin_of_word = line.find_first_not_of(" \t\r\xEF\xBB\xBF");
    line = trimmed(line);
    if (line.empty()) continue;
    const auto odd = line.find_first_of(" \t,;\"'<>{}");
    if (odd != std::string::npos) {
      throw Error(ErrorKind::bad_input,
                  fmt::format("{}:{}:{}: a list has one address a line and nothing else",
                              file.string(), line_number, begin_of_word + odd + 1));
    }
    take({.address = line,
          .label = "sanctioned",
          .category = "sanctions",
          .source = file.filename().string()});
  }
}

void read_labels(const fs::path& file, Connection& connection, std::int64_t max_rows,
                 const TakeLabel& take) {
  if (!path_exists(file)) {
    throw Error(ErrorKind::not_found,
                fmt::format("{} is not there: name a file of labels by --labels", file.string()));
  }
  const std::string ending =
      in_lower_case((file.has_filename() ? file : file.parent_path()).extension().string());
  const TakeLabel taking = checked(file, take);
  if (ending == ".parquet") return read_label_parquet(file, connection, max_rows, taking);
  if (ending == ".csv") return read_label_csv(file, taking);
  if (ending == ".yaml" || ending == ".yml") return read_tagpack(file, taking);
  if (ending == ".xml") return read_sdn(file, taking);
  if (ending == ".txt") return read_sanctioned_list(file, taking);
  throw Error(ErrorKind::usage,
              fmt::format("--labels {}: labels are .parquet (of the SOT), .csv, .yaml (a TagPack), "
                          ".xml (OFAC's list) or .txt (sanctioned addresses)",
                          file.string()));
}

}  // namespace aml::known
