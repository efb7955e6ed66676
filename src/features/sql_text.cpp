#include "features/sql_text.h"

#include <algorithm>
#include <cctype>

namespace aml::features {
namespace {

bool begins_name(char c) {
  return std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_' || (c & 0x80) != 0;
}
bool continues_name(char c) {
  return begins_name(c) || std::isdigit(static_cast<unsigned char>(c)) != 0 || c == '$';
}
bool is_digit(char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; }

// Where each kind of token ends, from its first character at `begin`.
class Scanner {
 public:
  explicit Scanner(std::string_view sql) : sql_(sql) {}

  std::vector<SqlToken> tokens() {
    std::vector<SqlToken> tokens;
    int depth = 0;
    for (std::size_t begin = 0; begin < sql_.size();) {
      if (std::isspace(static_cast<unsigned char>(sql_[begin])) != 0) {
        ++begin;
        continue;
      }
      SqlToken token = next(begin);
      if (sql_[begin] == ')' && token.kind == SqlToken::Kind::symbol) --depth;
      token.depth = depth;
      if (sql_[begin] == '(' && token.kind == SqlToken::Kind::symbol) ++depth;
      tokens.push_back(token);
      begin = token.end;
    }
    return tokens;
  }

 private:
  using Kind = SqlToken::Kind;

  bool has(std::size_t at, std::string_view text) const {
    return sql_.substr(std::min(at, sql_.size()), text.size()) == text;
  }

  SqlToken next(std::size_t begin) const {
    const char c = sql_[begin];
    if (has(begin, "--")) return {Kind::comment, begin, end_of_line(begin)};
    if (has(begin, "/*")) return {Kind::comment, begin, end_of_block(begin)};
    if (c == '\'') return {Kind::text, begin, end_of_quotes(begin, '\'', false)};
    if ((c == 'e' || c == 'E') && has(begin + 1, "'")) {
      return {Kind::text, begin, end_of_quotes(begin + 1, '\'', true)};
    }
    if (c == '"') return {Kind::quoted, begin, end_of_quotes(begin, '"', false)};
    if (c == '$') return dollar_text(begin);
    if (is_digit(c) || (c == '.' && begin + 1 < sql_.size() && is_digit(sql_[begin + 1]))) {
      return {Kind::number, begin, end_of_number(begin)};
    }
    if (begins_name(c)) return {Kind::word, begin, end_of_name(begin)};
    return {Kind::symbol, begin, begin + 1};
  }

  std::size_t end_of_line(std::size_t at) const {
    return std::min(sql_.find_first_of("\r\n", at), sql_.size());
  }

  std::size_t end_of_block(std::size_t at) const {
    int open = 0;
    while (at < sql_.size()) {
      if (has(at, "/*")) {
        ++open;
        at += 2;
      } else if (has(at, "*/")) {
        at += 2;
        if (--open == 0) return at;
      } else {
        ++at;
      }
    }
    return sql_.size();
  }

  // Two quotes in a row are one inside the text.
  std::size_t end_of_quotes(std::size_t at, char quote, bool has_backslashes) const {
    for (++at; at < sql_.size(); ++at) {
      if (has_backslashes && sql_[at] == '\\') {
        ++at;
      } else if (sql_[at] == quote) {
        if (at + 1 < sql_.size() && sql_[at + 1] == quote) {
          ++at;
        } else {
          return at + 1;
        }
      }
    }
    return sql_.size();
  }

  SqlToken dollar_text(std::size_t begin) const {
    std::size_t at = begin + 1;
    if (at < sql_.size() && begins_name(sql_[at])) {
      while (at < sql_.size() && continues_name(sql_[at]) && sql_[at] != '$') ++at;
    }
    if (at >= sql_.size() || sql_[at] != '$') return {Kind::symbol, begin, begin + 1};
    const std::string_view tag = sql_.substr(begin, at + 1 - begin);
    const std::size_t close = sql_.find(tag, at + 1);
    return {Kind::text, begin, close == std::string_view::npos ? sql_.size() : close + tag.size()};
  }

  std::size_t end_of_number(std::size_t at) const {
    while (at < sql_.size() && (is_digit(sql_[at]) || sql_[at] == '.' || sql_[at] == '_')) ++at;
    if (at < sql_.size() && (sql_[at] == 'e' || sql_[at] == 'E')) {
      std::size_t digits = at + 1;
      if (has(digits, "-") || has(digits, "+")) ++digits;
      if (digits < sql_.size() && is_digit(sql_[digits])) {
        at = digits;
        while (at < sql_.size() && is_digit(sql_[at])) ++at;
      }
    }
    return at;
  }

  std::size_t end_of_name(std::size_t at) const {
    while (at < sql_.size() && continues_name(sql_[at])) ++at;
    return at;
  }

  std::string_view sql_;
};

}  // namespace

std::vector<SqlToken> scan_sql(std::string_view sql) { return Scanner(sql).tokens(); }

bool is_token(std::string_view sql, const SqlToken& token, std::string_view keyword) {
  if (token.kind != SqlToken::Kind::word && token.kind != SqlToken::Kind::symbol) return false;
  const std::string_view text = token_text(sql, token);
  return std::equal(text.begin(), text.end(), keyword.begin(), keyword.end(), [](char a, char b) {
    return std::tolower(static_cast<unsigned char>(a)) ==
           std::tolower(static_cast<unsigned char>(b));
  });
}

std::string name_of(std::string_view sql, const SqlToken& token) {
  const std::string_view text = token_text(sql, token);
  if (token.kind != SqlToken::Kind::quoted) return std::string(text);
  std::string name;
  for (std::size_t i = 1; i + 1 < text.size(); ++i) {
    name += text[i];
    if (text[i] == '"') ++i;
  }
  return name;
}

TextPlace place_of(std::string_view text, std::size_t offset) {
  offset = std::min(offset, text.size());
  const std::string_view before = text.substr(0, offset);
  const std::size_t line_break = before.rfind('\n');
  const std::size_t begin = line_break == std::string_view::npos ? 0 : line_break + 1;
  const std::size_t end = std::min(text.find_first_of("\r\n", offset), text.size());
  const auto is_first_byte = [](char c) { return (c & 0xC0) != 0x80; };
  return {static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n')) + 1,
          static_cast<std::size_t>(std::count_if(
              before.begin() + static_cast<std::ptrdiff_t>(begin), before.end(), is_first_byte)) +
              1,
          std::string(text.substr(begin, end - begin))};
}

std::string with_caret(const TextPlace& place) {
  constexpr std::size_t kShown = 100;
  std::vector<std::string> characters;
  for (const char c : place.text) {
    const bool is_control = static_cast<unsigned char>(c) < ' ' || c == 0x7F;
    if ((c & 0xC0) != 0x80 || characters.empty()) characters.emplace_back();
    characters.back() += is_control ? ' ' : c;
  }
  const std::size_t at = place.column - 1;
  const std::size_t first = characters.size() <= kShown || at < kShown / 2 ? 0 : at - kShown / 2;
  const std::size_t last = std::min(first + kShown, characters.size());
  std::string line = first > 0 ? "…" : "";
  for (std::size_t i = first; i < last; ++i) line += characters[i];
  if (last < characters.size()) line += "…";
  return line + "\n" + std::string(at - first + (first > 0 ? 1 : 0), ' ') + "^";
}

}  // namespace aml::features
