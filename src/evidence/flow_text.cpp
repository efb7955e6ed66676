#include "evidence/flow_text.h"

#include <fmt/format.h>

#include <iterator>

#include "base/json_text.h"
#include "flows/transfers.h"

namespace aml::evidence {

void append_usd(std::string& json, std::int64_t amount) {
  append_json_number(json, static_cast<double>(amount) / static_cast<double>(flows::kUnitsPerUsd));
}

void append_timestamp(std::string& json, std::string_view name, std::int64_t second) {
  fmt::format_to(std::back_inserter(json), ",\"{}\":", name);
  if (second == 0) {
    json += "null";
  } else {
    fmt::format_to(std::back_inserter(json), "{}000", second);
  }
}

}  // namespace aml::evidence
