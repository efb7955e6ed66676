#include "evidence/json_column.h"

#include <fmt/format.h>

#include <iterator>

#include "base/json_text.h"

namespace aml::evidence {

std::size_t JsonColumn::code_of(std::string_view value) {
  const auto [known, is_new] = codes_.try_emplace(std::string(value), codes_.size());
  if (is_new) {
    if (!values_.empty()) values_ += ',';
    append_json_text(values_, value);
  }
  return known->second;
}

void JsonColumn::append_value(const ColumnView& column, std::size_t row) {
  switch (form_) {
    case Form::text:
      append_json_text(rows_, column.as_text(row));
      return;
    case Form::dictionary:
      fmt::format_to(std::back_inserter(rows_), "{}", code_of(column.as_text(row)));
      return;
    case Form::integer:
      fmt::format_to(std::back_inserter(rows_), "{}", column.as_int64(row));
      return;
    case Form::number:
      append_json_number(rows_, column.as_double(row));
      return;
  }
}

void JsonColumn::append(const ColumnView& column) {
  for (std::size_t row = 0; row < column.rows(); ++row) {
    if (!rows_.empty()) rows_ += ',';
    if (column.is_null(row)) {
      rows_ += "null";
    } else {
      append_value(column, row);
    }
  }
}

void JsonColumn::append(std::string_view text) {
  if (!rows_.empty()) rows_ += ',';
  if (text.empty()) {
    rows_ += "null";
  } else if (form_ == Form::text) {
    append_json_text(rows_, text);
  } else {
    fmt::format_to(std::back_inserter(rows_), "{}", code_of(text));
  }
}

std::string JsonColumn::json() const {
  if (form_ != Form::dictionary) return "[" + rows_ + "]";
  return "{\"values\":[" + values_ + "],\"codes\":[" + rows_ + "]}";
}

}  // namespace aml::evidence
