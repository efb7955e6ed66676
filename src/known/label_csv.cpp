// Labels as CSV: RFC 4180, with \n or \r\n, in UTF-8. DuckDB reads CSV too, but guesses: what it
// says of a file that is wrong names neither line nor column.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "base/error.h"
#include "base/files.h"
#include "base/lower_case.h"
#include "base/nearest.h"
#include "base/text_file.h"
#include "known/label_reader.h"
#include "sot/known_since.h"

namespace aml::known {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kMostColumns = 100;

// Row after row of a CSV file.
class CsvRows {
 public:
  CsvRows(const fs::path& file, std::string_view text) : file_(file), text_(text) {
    at_ = text_.size() - without_byte_order_mark(text_).size();
  }

  // False at the end. Empty lines are no rows.
  bool next(std::vector<std::string>& row) {
    while (at_ < text_.size()) {
      row_line_ = line_;
      read_row(row);
      if (row.size() > 1 || !row[0].empty()) return true;
    }
    return false;
  }

  // In which the row begins, from 1.
  std::size_t line() const { return row_line_; }

  [[noreturn]] void refuse(std::size_t line, std::size_t column, const std::string& words) const {
    throw Error(ErrorKind::bad_input,
                fmt::format("{}:{}: column {}: {}", file_.string(), line, column + 1, words));
  }

 private:
  void read_row(std::vector<std::string>& row) {
    row.clear();
    do {
      if (row.size() == kMostColumns) {
        refuse(row_line_, row.size(), fmt::format("a row has at most {}", kMostColumns));
      }
      row.push_back(is_quoted() ? quoted(row.size()) : plain());
    } while (take(','));
    if (at_ == text_.size()) return;
    take('\r');
    if (!take('\n')) refuse(line_, row.size() - 1, "something follows the closing quote");
    ++line_;
  }

  bool take(char c) {
    if (at_ == text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  // A quote may stand behind blanks, as people write it; then they are no part of the value.
  bool is_quoted() {
    const std::size_t quote = text_.find_first_not_of(" \t", at_);
    if (quote == std::string_view::npos || text_[quote] != '"') return false;
    at_ = quote;
    return true;
  }

  std::string plain() {
    std::size_t end = text_.find_first_of(",\n", at_);
    if (end == std::string_view::npos) end = text_.size();
    if (end > at_ && end < text_.size() && text_[end] == '\n' && text_[end - 1] == '\r') --end;
    std::string value(text_.substr(at_, end - at_));
    at_ = end;
    return value;
  }

  std::string quoted(std::size_t column) {
    const std::size_t first_line = line_;
    std::string value;
    for (++at_; at_ < text_.size(); ++at_) {
      if (text_[at_] == '"') {
        ++at_;
        if (at_ == text_.size() || text_[at_] != '"') {
          at_ = std::min(text_.find_first_not_of(" \t", at_), text_.size());
          return value;
        }
      }
      if (text_[at_] == '\n') ++line_;
      value += text_[at_];
    }
    refuse(first_line, column, "its quote is never closed");
  }

  const fs::path& file_;
  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t line_ = 1;
  std::size_t row_line_ = 1;
};

constexpr std::array<const char*, 6> kNames = {"address",    "label",  "category",
                                               "risk_level", "source", "known_since"};
enum Name : std::size_t { kAddress, kLabel, kCategory, kRiskLevel, kSource, kKnownSince };

// By name the column, or one that no row has.
using Places = std::array<std::size_t, kNames.size()>;

Places find_columns(const CsvRows& rows, const std::vector<std::string>& header,
                    const fs::path& file) {
  Places places;
  places.fill(kMostColumns);
  for (std::size_t column = 0; column < header.size(); ++column) {
    const std::string name = in_lower_case(trimmed(header[column]));
    const auto* const found = std::find(kNames.begin(), kNames.end(), name);
    if (found == kNames.end()) continue;
    std::size_t& place = places[static_cast<std::size_t>(found - kNames.begin())];
    if (place != kMostColumns) rows.refuse(rows.line(), column, name + " is there twice");
    place = column;
  }
  if (places[kAddress] == kMostColumns) {
    throw Error(
        ErrorKind::bad_input,
        fmt::format("{}:1: no column is named address: a file of labels has address, label, "
                    "category, risk_level, source and known_since",
                    file.string()));
  }
  return places;
}

void check_risk_level(const CsvRows& rows, std::size_t column, const std::string& risk_level) {
  static const std::vector<std::string> known = {"low", "medium", "high", "critical"};
  const std::string level = in_lower_case(risk_level);
  if (level.empty() || std::count(known.begin(), known.end(), level) > 0) return;
  rows.refuse(rows.line(), column,
              fmt::format("risk_level is '{}', but must be low, medium, high, critical or empty{}",
                          risk_level, did_you_mean(level, known)));
}

}  // namespace

void read_label_csv(const fs::path& file, const TakeLabel& take) {
  const std::string text = read_file(file, kMostCsvBytes);
  CsvRows rows(file, text);
  std::vector<std::string> row;
  if (!rows.next(row)) {
    throw Error(ErrorKind::bad_input,
                fmt::format("{} is empty: its first line names the columns", file.string()));
  }
  const Places places = find_columns(rows, row, file);
  const std::size_t columns = row.size();
  while (rows.next(row)) {
    if (row.size() != columns) {
      rows.refuse(rows.line(), row.size() - 1,
                  fmt::format("the row has {} values, but the first line names {} columns",
                              row.size(), columns));
    }
    const auto value = [&](Name name) {
      return places[name] < columns ? trimmed(row[places[name]]) : std::string();
    };
    RawLabel label{.address = value(kAddress),
                   .label = value(kLabel),
                   .category = value(kCategory),
                   .risk_level = value(kRiskLevel),
                   .source = value(kSource)};
    if (label.address.empty()) rows.refuse(rows.line(), places[kAddress], "address is empty");
    check_risk_level(rows, places[kRiskLevel], label.risk_level);
    if (const std::string since = value(kKnownSince); !since.empty()) {
      label.known_second = sot::parse_time(since);
      if (!label.known_second) {
        rows.refuse(rows.line(), places[kKnownSince],
                    fmt::format("known_since is '{}', but must be a day such as 2025-10-26 or a "
                                "time such as 2025-10-26T12:00:00Z",
                                since.substr(0, 40)));
      }
    }
    take(std::move(label));
  }
}

}  // namespace aml::known
