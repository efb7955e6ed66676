#pragma once

#include <string>
#include <string_view>
#include <unordered_map>

#include "base/database.h"

namespace aml::evidence {

// A column of a result on its way to a JSON array, chunk by chunk. NULL becomes null.
class JsonColumn {
 public:
  // What the column holds, and how it is written: `dictionary` for text of few distinct values, as
  // {"values":[…],"codes":[…]} with positions in values.
  enum class Form { text, dictionary, integer, number };

  explicit JsonColumn(Form form) : form_(form) {}

  // REQUIRES: the column is VARCHAR (text, dictionary), BIGINT (integer) or DOUBLE (number).
  void append(const ColumnView& column);
  // One value of text; empty becomes null. REQUIRES: text or dictionary
  void append(std::string_view text);
  // The finished array or object.
  std::string json() const;

 private:
  void append_value(const ColumnView& column, std::size_t row);
  std::size_t code_of(std::string_view value);

  Form form_;
  std::string rows_;
  std::string values_;
  std::unordered_map<std::string, std::size_t> codes_;
};

}  // namespace aml::evidence
