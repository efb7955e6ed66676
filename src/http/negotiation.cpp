#include "http/negotiation.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string>
#include <vector>

namespace aml::http {

namespace {

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t";
  const std::size_t begin = text.find_first_not_of(kSpace);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kSpace) - begin + 1);
}

std::string lowercase(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return result;
}

// "0.5" → 0.5; nothing for what is not a weight from 0 to 1.
std::optional<double> weight(const std::string& text) {
  if (text.empty() || (text[0] != '0' && text[0] != '1')) return std::nullopt;
  double value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value, std::chars_format::fixed);
  if (error != std::errc() || stop != end || value > 1) return std::nullopt;
  return value;
}

struct Preference {
  std::string name;  // lowercase
  double weight = 1;
};

// "a;q=0.5, b" as preferences. Other parameters than q are ignored.
std::vector<Preference> parse_preferences(std::string_view header) {
  std::vector<Preference> preferences;
  while (!header.empty()) {
    const std::size_t comma = std::min(header.find(','), header.size());
    std::string_view item = header.substr(0, comma);
    header.remove_prefix(std::min(comma + 1, header.size()));
    const std::size_t name_end = std::min(item.find(';'), item.size());
    Preference preference{lowercase(trimmed(item.substr(0, name_end)))};
    item.remove_prefix(name_end);
    bool well_formed = !preference.name.empty();
    while (!item.empty()) {
      item.remove_prefix(1);  // the semicolon
      const std::size_t end = std::min(item.find(';'), item.size());
      const std::string parameter = lowercase(trimmed(item.substr(0, end)));
      item.remove_prefix(end);
      if (!parameter.starts_with("q=")) continue;
      const auto value = weight(parameter.substr(2));
      well_formed = well_formed && value.has_value();
      preference.weight = value.value_or(0);
    }
    if (well_formed) preferences.push_back(std::move(preference));
  }
  return preferences;
}

// How well a media range covers a type: 3 itself, 2 "application/*", 1 "*/*", 0 not at all.
int specificity(std::string_view range, std::string_view type) {
  if (range == type) return 3;
  if (range == "*/*") return 1;
  const std::string_view family = type.substr(0, type.find('/') + 1);
  return range.size() == family.size() + 1 && range.starts_with(family) && range.back() == '*' ? 2
                                                                                               : 0;
}

// The weight of the most specific range that covers `type`; 0 where none does.
double type_weight(const std::vector<Preference>& preferences, std::string_view type) {
  int best = 0;
  double value = 0;
  for (const Preference& preference : preferences) {
    const int found = specificity(preference.name, type);
    if (found > best) {
      best = found;
      value = preference.weight;
    }
  }
  return value;
}

std::optional<double> coding_weight(const std::vector<Preference>& preferences,
                                    std::string_view coding) {
  std::optional<double> any;
  for (const Preference& preference : preferences) {
    if (preference.name == coding) return preference.weight;
    if (preference.name == "*") any = preference.weight;
  }
  return any;
}

}  // namespace

std::optional<std::string_view> choose_type(std::string_view accept,
                                            std::span<const std::string_view> offered) {
  if (trimmed(accept).empty()) return offered.front();
  const std::vector<Preference> preferences = parse_preferences(accept);
  std::optional<std::string_view> best;
  double best_weight = 0;
  for (const std::string_view type : offered) {
    const double value = type_weight(preferences, type);
    if (value > best_weight) {
      best = type;
      best_weight = value;
    }
  }
  return best;
}

std::optional<std::string_view> choose_encoding(std::string_view accept_encoding) {
  constexpr std::string_view kIdentity = "identity";
  const std::vector<Preference> preferences = parse_preferences(accept_encoding);
  std::optional<std::string_view> best;
  double best_weight = 0;
  for (const std::string_view coding : {std::string_view("zstd"), std::string_view("gzip")}) {
    const double alias = coding == "gzip" ? coding_weight(preferences, "x-gzip").value_or(0) : 0;
    const double value = coding_weight(preferences, coding).value_or(alias);
    if (value > best_weight) {
      best = coding;
      best_weight = value;
    }
  }
  // Unless it is named, the plain one is welcome, but less than any coding that is.
  const std::optional<double> plain = coding_weight(preferences, kIdentity);
  if (plain ? *plain > best_weight : !best) return kIdentity;
  return best;
}

bool matches_etag(std::string_view if_none_match, std::string_view etag) {
  if_none_match = trimmed(if_none_match);
  if (if_none_match == "*") return true;
  // A tag may hold commas, so tags are found by their quotes.
  while (true) {
    const std::size_t open = if_none_match.find('"');
    if (open == std::string_view::npos) return false;
    const std::size_t close = if_none_match.find('"', open + 1);
    if (close == std::string_view::npos) return false;
    if (if_none_match.substr(open, close - open + 1) == etag) return true;
    if_none_match.remove_prefix(close + 1);
  }
}

}  // namespace aml::http
