#include "http/list_answer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

#include "http/budget.h"
#include "http/compression.h"

namespace aml::http {

namespace {

// Some rows, compressed, are kept where they are no larger than this before they are. Larger ones
// are compressed while they are sent: there are as many choices of rows as anyone can think of.
constexpr std::size_t kMostKept = 2 << 20;

// The same choice of rows with the same numbers, whatever lies beyond the list's end.
ListQuery within(ListQuery query, std::uint64_t rows) {
  query.offset = std::min(query.offset, rows);
  if (query.limit && *query.limit >= rows) query.limit = std::nullopt;
  return query;
}

// The rows compressed and kept; null without patience.
Body kept_body(Cache& cache, Patience patience, const ListAnswer& list, const ListQuery& query,
               const Parts& parts) {
  const std::string key =
      fmt::format("{} {} {} {}", list.key, query.text(),
                  list.format == RowFormat::json ? "json" : "lines", list.coding);
  return cache.get<std::string>(key, patience, [&](Budget::Charge& charge) {
    const Body body =
        make_body(encode(list.coding, parts, [&](std::size_t bytes) { charge.resize(bytes); }));
    return Cache::Made<std::string>{body, body->capacity()};
  });
}

}  // namespace

bool add_list(Cache& cache, Patience patience, const ListAnswer& list, Response& response) {
  const ListQuery query = within(list.query, list.rows->rows.size());
  const bool is_plain = list.coding == "identity";
  if (is_plain && list.format == RowFormat::json && query.everything()) {
    response.body = Body(list.rows, &list.rows->text);  // shares the text
    return true;
  }
  if (patience == Patience::none && takes_long(*list.rows, query)) return false;
  const auto parts = choose_rows(list.rows, query, list.format);
  if (is_plain && parts->size() > Budget::kSmallBytes) {
    response.parts = parts;
  } else if (is_plain) {
    response.body = make_body(read_all(*parts));
  } else if (query.all_rows() || parts->size() <= kMostKept) {
    response.body = kept_body(cache, patience, list, query, *parts);
    return response.body != nullptr;
  } else {
    response.producer = encode_in_pieces(list.coding, parts);
  }
  return true;
}

}  // namespace aml::http
