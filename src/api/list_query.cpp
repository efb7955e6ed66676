#include "api/list_query.h"

#include <fmt/format.h>

#include <set>
#include <string_view>

#include "base/error.h"
#include "base/parse_number.h"

namespace aml::api {

using http::shown;

namespace {

constexpr const char* kListParameters = "limit, offset, min_score and explain";

[[noreturn]] void refuse(const std::string& why) { throw Error(ErrorKind::usage, why); }

template <typename Number>
Number number(std::string_view name, const std::string& value, std::string_view expected) {
  const auto result = parse_number<Number>(value);
  if (!result) refuse(fmt::format("{} must be {}, not \"{}\"", name, expected, shown(value)));
  return *result;
}

void read_parameter(ListQuery& query, const std::string& name, const std::string& value) {
  static const std::string kWhole = fmt::format("a whole number to {}", ListQuery::kMaxCount);
  constexpr const char* kScore = "a number from 0 to 1";
  if (name == "limit" || name == "offset") {
    const auto count = number<std::uint64_t>(name, value, kWhole);
    if (count > ListQuery::kMaxCount) {
      refuse(fmt::format("{} must be {}, not \"{}\"", name, kWhole, shown(value)));
    }
    if (name == "limit") query.limit = count;
    if (name == "offset") query.offset = count;
  } else if (name == "min_score") {
    query.min_score = number<double>(name, value, kScore);
    if (!(*query.min_score >= 0 && *query.min_score <= 1)) {
      refuse(fmt::format("{} must be {}, not \"{}\"", name, kScore, shown(value)));
    }
  } else if (name == "explain") {
    if (value != "true" && value != "false") {
      refuse(fmt::format("explain must be true or false, not \"{}\"", shown(value)));
    }
    query.explain = value == "true";
  } else {
    refuse(fmt::format("unknown parameter \"{}\"; known are {}", shown(name), kListParameters));
  }
}

}  // namespace

std::string ListQuery::text() const {
  return fmt::format("{} {} {} {}", limit ? std::to_string(*limit) : "all", offset,
                     min_score ? fmt::format("{}", *min_score) : "any", explain);
}

ListQuery parse_list_query(const http::Target& target) {
  ListQuery query;
  std::set<std::string_view> seen;
  for (const auto& [name, value] : target.parameters) {
    if (!seen.insert(name).second) {
      refuse(fmt::format("the parameter {} stands in the address twice", shown(name)));
    }
    read_parameter(query, name, value);
  }
  return query;
}

}  // namespace aml::api
