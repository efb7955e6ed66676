#include "http/list_query.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/error.h"
#include "base/parse_number.h"

namespace aml::http {

namespace {

[[noreturn]] void refuse(const std::string& why) { throw Error(ErrorKind::usage, why); }

[[noreturn]] void refuse_value(std::string_view name, std::string_view expected,
                               const std::string& value) {
  refuse(fmt::format("{} must be {}, not \"{}\"", name, expected, shown(value)));
}

std::uint64_t count_of(std::string_view name, const std::string& value) {
  const auto count = parse_number<std::uint64_t>(value);
  if (count && *count <= ListQuery::kMaxCount) return *count;
  refuse_value(name, fmt::format("a whole number to {}", ListQuery::kMaxCount), value);
}

double score_of(std::string_view name, const std::string& value) {
  const auto score = parse_number<double>(value);
  if (score && *score >= 0 && *score <= 1) return *score == 0 ? 0 : *score;  // -0 is 0
  refuse_value(name, "a number from 0 to 1", value);
}

// "limit, offset and explain"
std::string listed(std::span<const std::string_view> names) {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i > 0) text += i + 1 == names.size() ? " and " : ", ";
    text += names[i];
  }
  return text;
}

void read_parameter(ListQuery& query, const std::string& name, const std::string& value) {
  if (name == ListQuery::kLimit) {
    query.limit = count_of(name, value);
  } else if (name == ListQuery::kOffset) {
    query.offset = count_of(name, value);
  } else if (name == ListQuery::kMinScore) {
    query.min_score = score_of(name, value);
  } else if (value == "true" || value == "false") {
    query.explain = value == "true";
  } else {
    refuse_value(name, "true or false", value);
  }
}

}  // namespace

std::string ListQuery::text() const {
  return fmt::format("{} {} {} {}", limit ? std::to_string(*limit) : "all", offset,
                     min_score ? fmt::format("{}", *min_score) : "any", explain);
}

ListQuery parse_list_query(const Target& target, std::span<const std::string_view> known) {
  ListQuery query;
  std::set<std::string_view> seen;
  for (const auto& [name, value] : target.parameters) {
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      refuse(fmt::format("unknown parameter \"{}\"; known are {}", shown(name), listed(known)));
    }
    if (!seen.insert(name).second) {
      refuse(fmt::format("the parameter {} stands in the address twice", shown(name)));
    }
    read_parameter(query, name, value);
  }
  return query;
}

}  // namespace aml::http
