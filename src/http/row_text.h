#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "http/list_query.h"
#include "http/parts.h"

namespace aml::http {

// A list as one JSON text whose rows are known, from which any choice of them is sent as it lies.
struct RowText {
  // Of `text`: an object, without the comma after it. From `cut` on, a comma, stands what may be
  // left out; where there is nothing of the kind, the closing brace.
  struct Row {
    std::size_t begin;
    std::size_t cut;
    std::size_t end;
    double score;
  };
  std::string text;
  std::vector<Row> rows;
  std::size_t rows_begin = 0;  // in text: of the first row
  std::size_t rows_end = 0;    // in text: after the last one
};

enum class RowFormat { json, lines };

// Whether finding out which rows a query means takes long.
bool takes_long(const RowText& text, const ListQuery& query);

// Those rows of a list that a query means: within the text's own beginning and end, or alone, one a
// line. What owns `text` is kept in memory.
std::shared_ptr<const Parts> choose_rows(std::shared_ptr<const RowText> text,
                                         const ListQuery& query, RowFormat format);

// All bytes of a body.
std::string read_all(const Parts& parts);

}  // namespace aml::http
