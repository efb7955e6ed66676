#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "http/cache.h"
#include "http/list_query.h"
#include "http/message.h"
#include "http/row_text.h"

namespace aml::http {

// Some rows of a list as a client wants them.
struct ListAnswer {
  std::shared_ptr<const RowText> rows;
  ListQuery query{};
  RowFormat format = RowFormat::json;
  std::string_view coding = "identity";
  // Names the list in the cache: another name for other rows.
  std::string key;
};

// Adds the body to the response: rows as they lie, or compressed. False where that would take time
// and patience is none.
bool add_list(Cache& cache, Patience patience, const ListAnswer& list, Response& response);

}  // namespace aml::http
