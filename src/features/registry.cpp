#include "features/registry.h"

#include <fmt/format.h>

#include <cctype>
#include <charconv>
#include <functional>
#include <map>

#include "base/error.h"
#include "features/sql_text.h"

namespace aml::features {
namespace {

using Kind = SqlToken::Kind;

constexpr std::size_t kMostFamilyBytes = 40;

// What the groups of the built-in SQL, and those that the program makes, are about.
const std::map<std::string, std::string, std::less<>> kFamilies[] = {
    {{"alert", "alert"},
     {"evidence", "alert"},
     {"indicators", "alert"},
     {"address", "address"},
     {"activity", "address"},
     {"ranks", "address"},
     {"flows", "flows"},
     {"graph_rest", "flows"},
     {"graph_patterns", "patterns"},
     {"graph_neighbors", "neighbours"},
     {"graph_exposure", "neighbours"},
     {"first_stage", "neighbours"},
     {"history", "history"},
     {"clusters", "history"},
     {"known", "history"}},
    {{"cluster", "cluster"},
     {"alerts", "alert"},
     {"scores", "alert"},
     {"addresses", "address"},
     {"ranks", "cluster"},
     {"flows", "flows"},
     {"known", "history"}}};

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t\r");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r") + 1 - begin);
}

std::optional<double> number(std::string_view text) {
  text = trimmed(text);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<std::string_view> behind(std::string_view text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return std::nullopt;
  return text.substr(prefix.size());
}

std::optional<FeatureRange> bound(std::string_view text) {
  FeatureRange range;
  for (const std::string_view sign : {"≥", ">="}) {
    if (const auto rest = behind(text, sign)) range.least = number(*rest);
  }
  for (const std::string_view sign : {"≤", "<="}) {
    if (const auto rest = behind(text, sign)) range.greatest = number(*rest);
  }
  if (!range.least && !range.greatest) return std::nullopt;
  return range;
}

std::optional<FeatureRange> interval(std::string_view text) {
  for (const std::string_view word : {" to ", " or "}) {
    const std::size_t at = text.find(word);
    if (at == std::string_view::npos) continue;
    const std::optional<double> least = number(text.substr(0, at));
    const std::optional<double> greatest = number(text.substr(at + word.size()));
    if (!least || !greatest || *least > *greatest) continue;
    return FeatureRange{least, greatest, word == " or "};
  }
  return std::nullopt;
}

std::optional<FeatureRange> read_range(std::string_view text) {
  if (const auto range = bound(text)) return range;
  return interval(text);
}

// What looks like a range and is none must not pass for a unit.
bool is_unit(std::string_view text) {
  const unsigned char first = static_cast<unsigned char>(text.empty() ? '0' : text.front());
  return std::isalpha(first) != 0 || first == '%' || text.starts_with("µ");
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (true) {
    const std::size_t at = text.find(separator);
    parts.push_back(trimmed(text.substr(0, at)));
    if (at == std::string_view::npos) return parts;
    text = text.substr(at + 1);
  }
}

// The tokens of the outermost select list: behind the first SELECT that stands in no parentheses,
// before its FROM or what else ends it.
std::vector<SqlToken> select_list(std::string_view sql) {
  std::vector<SqlToken> list;
  bool is_inside = false;
  for (const SqlToken& token : scan_sql(sql)) {
    if (!is_inside) {
      is_inside = token.depth == 0 && is_token(sql, token, "select");
      continue;
    }
    if (token.depth == 0 && (is_token(sql, token, "from") || is_token(sql, token, ";") ||
                             is_token(sql, token, "union"))) {
      break;
    }
    list.push_back(token);
  }
  return list;
}

// What the line "-- Family: NAME" of a file says, or "".
std::string declared_family(std::string_view sql, const std::string& file_name) {
  static constexpr std::string_view kBefore = "-- Family:";
  static constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyz0123456789_";
  for (const std::string_view line : split(sql, '\n')) {
    if (!line.starts_with(kBefore)) continue;
    const std::string_view name = trimmed(line.substr(kBefore.size()));
    const bool is_name = !name.empty() && std::islower(static_cast<unsigned char>(name[0])) != 0 &&
                         name.find_first_not_of(kLetters) == std::string_view::npos;
    if (is_name && name.size() <= kMostFamilyBytes) return std::string(name);
    throw Error(ErrorKind::bad_input,
                fmt::format("{}: \"{}\" names no family: write a name of at most {} small letters, "
                            "digits and underscores, such as flows",
                            file_name, line, kMostFamilyBytes));
  }
  return "";
}

// The comment beside the item that ends at `end`: on the same line, behind at most a comma.
std::string_view comment_beside(std::string_view sql, std::size_t end) {
  std::size_t at = sql.find_first_not_of(" \t", end);
  if (at != std::string_view::npos && sql[at] == ',') at = sql.find_first_not_of(" \t", at + 1);
  if (at == std::string_view::npos || !sql.substr(at).starts_with("--")) return {};
  return trimmed(sql.substr(at + 2, sql.find('\n', at) - at - 2));
}

}  // namespace

bool FeatureRange::holds(double value) const {
  if (is_two_values) return value == least || value == greatest;
  return (!least || value >= *least) && (!greatest || value <= *greatest);
}

std::string FeatureRange::text() const {
  if (!greatest) return fmt::format("≥ {}", *least);
  if (!least) return fmt::format("≤ {}", *greatest);
  return fmt::format("{} {} {}", *least, is_two_values ? "or" : "to", *greatest);
}

void read_meaning(std::string_view comment, const std::string& where, Feature& feature) {
  const std::vector<std::string_view> parts = split(comment, ';');
  feature.meaning = parts.front();
  const auto refuse = [&](std::string_view part) {
    return Error(ErrorKind::bad_input,
                 fmt::format("{}: \"{}\" is neither a unit nor a range: the comment beside {} is "
                             "\"meaning; unit; range\", with a range like ≥ 0, ≤ 1, 0 to 1 or 0 or "
                             "1, and no other semicolon",
                             where, part, feature.name));
  };
  if (feature.meaning.empty() || read_range(feature.meaning)) {
    throw Error(ErrorKind::bad_input,
                fmt::format("{}: the comment beside {} begins with what it means: \"meaning; unit; "
                            "range\"",
                            where, feature.name));
  }
  for (std::size_t i = 1; i < parts.size(); ++i) {
    const bool is_last = i + 1 == parts.size();
    if (is_last) feature.range = read_range(parts[i]);
    if (is_last && feature.range) break;
    if (i > 1 || !is_unit(parts[i])) throw refuse(parts[i]);
    feature.unit = parts[i];
  }
}

std::vector<Feature> read_features(std::string_view sql, const std::string& file_name,
                                   RowKind row_kind, const std::string& group) {
  std::vector<SqlToken> list = select_list(sql);
  std::erase_if(list, [](const SqlToken& token) { return token.kind == Kind::comment; });
  std::vector<Feature> features;
  const std::string family = declared_family(sql, file_name);
  bool is_id = true;  // the first item
  for (std::size_t i = 0; i < list.size(); ++i) {
    const bool ends_item =
        i + 1 == list.size() || (list[i + 1].depth == 0 && is_token(sql, list[i + 1], ","));
    if (!ends_item || (list[i].depth == 0 && is_token(sql, list[i], ","))) continue;
    const bool is_name = list[i].kind == Kind::word || list[i].kind == Kind::quoted;
    if (!is_id && is_name) {
      Feature feature;
      feature.name = name_of(sql, list[i]);
      feature.row_kind = row_kind;
      feature.group = group;
      feature.family = family;
      feature.file_name = file_name;
      feature.line = place_of(sql, list[i].begin).line;
      const std::string_view comment = comment_beside(sql, list[i].end);
      if (!comment.empty()) {
        read_meaning(comment, fmt::format("{}:{}", file_name, feature.line), feature);
      }
      features.push_back(std::move(feature));
    }
    is_id = false;
  }
  return features;
}

std::string describe(const Feature& feature) {
  std::string text = feature.meaning;
  if (!feature.unit.empty()) text += "; " + feature.unit;
  if (feature.range) text += "; " + feature.range->text();
  return text;
}

std::string family_of(const Feature& feature) {
  if (!feature.family.empty()) return feature.family;
  const auto& families = kFamilies[feature.row_kind == RowKind::alert ? 0 : 1];
  const auto found = families.find(feature.group);
  return found == families.end() ? feature.group : found->second;
}

const char* row_kind_name(RowKind kind) { return kind == RowKind::alert ? "alert" : "cluster"; }

}  // namespace aml::features
