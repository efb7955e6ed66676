#include "features/sql_macros.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"

namespace aml::features {
namespace {

constexpr std::size_t kMaxExpandedBytes = 1 << 20;
constexpr int kMaxNestedCalls = 64;

using Kind = SqlToken::Kind;

Error error_at(std::string_view text, std::size_t offset, const std::string& file_name,
               const std::string& words) {
  const TextPlace place = place_of(text, offset);
  return {ErrorKind::bad_input,
          fmt::format("{}:{}:{}: {}", file_name, place.line, place.column, words)};
}

// The index behind the parenthesis that closes the one at `open`; tokens.size() where none does.
std::size_t after_group(std::string_view sql, const std::vector<SqlToken>& tokens,
                        std::size_t open) {
  for (std::size_t i = open + 1; i < tokens.size(); ++i) {
    if (tokens[i].depth == tokens[open].depth && is_token(sql, tokens[i], ")")) return i + 1;
  }
  return tokens.size();
}

std::size_t after_case(std::string_view sql, const std::vector<SqlToken>& tokens,
                       std::size_t begin) {
  int open = 0;
  for (std::size_t i = begin; i < tokens.size(); ++i) {
    if (is_token(sql, tokens[i], "case")) ++open;
    if (is_token(sql, tokens[i], "end") && --open == 0) return i + 1;
  }
  return tokens.size();
}

// Whether an expression is one term, whatever stands beside it: a value, a column, a call, a CASE,
// or in parentheses.
bool is_term(std::string_view sql) {
  std::vector<SqlToken> tokens = scan_sql(sql);
  std::erase_if(tokens, [](const SqlToken& token) { return token.kind == Kind::comment; });
  if (tokens.size() <= 1) return true;
  if (is_token(sql, tokens[0], "case")) return after_case(sql, tokens, 0) == tokens.size();
  std::size_t at = 0;
  while (at < tokens.size() && (tokens[at].kind == Kind::word || tokens[at].kind == Kind::quoted)) {
    ++at;
    if (at < tokens.size() && is_token(sql, tokens[at], ".")) {
      ++at;
    } else {
      break;
    }
  }
  if (at == tokens.size()) return true;
  return is_token(sql, tokens[at], "(") && after_group(sql, tokens, at) == tokens.size();
}

// A call in a text: its tokens [begin, end) with those of each argument.
struct Call {
  std::size_t end = 0;
  struct Argument {
    std::size_t begin = 0;  // byte offsets
    std::size_t end = 0;
  };
  std::vector<Argument> arguments;
};

Call read_call(std::string_view sql, const std::vector<SqlToken>& tokens, std::size_t name) {
  Call call;
  const std::size_t open = name + 1;
  call.end = after_group(sql, tokens, open);
  const std::size_t close = call.end - 1;
  if (close == open + 1) return call;
  std::size_t begin = tokens[open].end;
  for (std::size_t i = open + 1; i <= close; ++i) {
    const bool is_comma =
        tokens[i].depth == tokens[open].depth + 1 && is_token(sql, tokens[i], ",");
    if (is_comma || i == close) {
      call.arguments.push_back({begin, tokens[i].begin});
      begin = tokens[i].end;
    }
  }
  return call;
}

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r\n") + 1 - begin);
}

}  // namespace

void ExpandedSql::add(std::string_view characters, Piece piece) {
  if (characters.empty()) return;
  pieces_.push_back(piece);
  text_ += characters;
}

void ExpandedSql::add_copy(std::string_view characters, std::size_t offset) {
  add(characters, {text_.size(), offset, true});
}

void ExpandedSql::add_made(std::string_view characters, std::size_t offset) {
  add(characters, {text_.size(), offset, false});
}

std::size_t ExpandedSql::offset_in_file(std::size_t offset) const {
  const auto after =
      std::upper_bound(pieces_.begin(), pieces_.end(), offset,
                       [](std::size_t value, const Piece& piece) { return value < piece.begin; });
  if (after == pieces_.begin()) return 0;
  const Piece& piece = *std::prev(after);
  return piece.is_copy ? piece.offset + (offset - piece.begin) : piece.offset;
}

// One text being expanded.
class MacroExpansion {
 public:
  MacroExpansion(const SqlMacros& macros, std::string_view file, const std::string& file_name)
      : macros_(macros), file_(file), file_name_(file_name) {}

  // Adds `sql`, which stands in the file from `offset` on.
  void expand(std::string_view sql, std::size_t offset, ExpandedSql& result, int nested = 0) const {
    if (nested > kMaxNestedCalls) {
      throw error_at(file_, offset, file_name_,
                     fmt::format("macros are nested more than {} deep", kMaxNestedCalls));
    }
    const std::vector<SqlToken> tokens = scan_sql(sql);
    std::size_t copied = 0;
    for (std::size_t i = 0; i < tokens.size(); ++i) {
      const SqlMacros::Macro* macro = macros_.find(sql, tokens, i);
      if (macro == nullptr) continue;
      result.add_copy(sql.substr(copied, tokens[i].begin - copied), offset + copied);
      const Call call = read_call(sql, tokens, i);
      add_result(*macro, sql, call, offset, offset + tokens[i].begin, result, nested);
      copied = tokens[call.end - 1].end;
      i = call.end - 1;
    }
    result.add_copy(sql.substr(copied), offset + copied);
    if (result.text().size() > kMaxExpandedBytes) {
      throw error_at(file_, offset, file_name_,
                     "the macros make more than 1 MiB of SQL of it: nest them less");
    }
  }

 private:
  void add_result(const SqlMacros::Macro& macro, std::string_view sql, const Call& call,
                  std::size_t offset, std::size_t place, ExpandedSql& result, int nested) const {
    if (call.arguments.size() != macro.parameters.size()) {
      throw error_at(file_, place, file_name_,
                     fmt::format("{} takes {} arguments, not {}", macro.name,
                                 macro.parameters.size(), call.arguments.size()));
    }
    const std::vector<SqlToken> body = scan_sql(macro.body);
    std::size_t copied = 0;
    if (!macro.is_term) result.add_made("(", place);
    for (std::size_t i = 0; i < body.size(); ++i) {
      const auto parameter = std::find_if(
          macro.parameters.begin(), macro.parameters.end(),
          [&](const std::string& name) { return is_token(macro.body, body[i], name); });
      const bool is_qualified = i > 0 && is_token(macro.body, body[i - 1], ".");
      const bool is_table = i + 1 < body.size() && is_token(macro.body, body[i + 1], ".");
      if (parameter == macro.parameters.end() || is_qualified || is_table) continue;
      result.add_made(std::string_view(macro.body).substr(copied, body[i].begin - copied), place);
      const Call::Argument& argument =
          call.arguments[static_cast<std::size_t>(parameter - macro.parameters.begin())];
      add_argument(sql, argument, offset, result, nested);
      copied = body[i].end;
    }
    result.add_made(std::string_view(macro.body).substr(copied), place);
    if (!macro.is_term) result.add_made(")", place);
  }

  void add_argument(std::string_view sql, const Call::Argument& argument, std::size_t offset,
                    ExpandedSql& result, int nested) const {
    const std::string_view text =
        trimmed(sql.substr(argument.begin, argument.end - argument.begin));
    const std::size_t place = offset + static_cast<std::size_t>(text.data() - sql.data());
    const bool needs_parentheses = !is_term(text);
    if (needs_parentheses) result.add_made("(", place);
    expand(text, place, result, nested + 1);
    // A comment at its end must not swallow what follows.
    if (text.find("--") != std::string_view::npos) result.add_made("\n", place);
    if (needs_parentheses) result.add_made(")", place);
  }

  const SqlMacros& macros_;
  std::string_view file_;
  const std::string& file_name_;
};

void SqlMacros::add(std::string_view text, const std::string& file_name) {
  std::vector<SqlToken> tokens = scan_sql(text);
  std::erase_if(tokens, [](const SqlToken& token) { return token.kind == Kind::comment; });
  const auto is = [&](std::size_t i, std::string_view keyword) {
    return i < tokens.size() && is_token(text, tokens[i], keyword);
  };
  for (std::size_t i = 0; i < tokens.size();) {
    const std::size_t start = tokens[i].begin;
    const auto refuse = [&](const char* words) {
      return error_at(
          text, start, file_name,
          fmt::format("{}: write CREATE MACRO name(parameter, …) AS expression;", words));
    };
    if (!is(i, "create") || !is(i + 1, "macro") || !is(i + 3, "(")) {
      throw refuse("this is no definition of a macro");
    }
    Macro macro;
    macro.name = name_of(text, tokens[i + 2]);
    std::size_t at = i + 4;
    for (; at < tokens.size() && !is(at, ")"); ++at) {
      if (!is(at, ",")) macro.parameters.push_back(name_of(text, tokens[at]));
    }
    if (!is(++at, "as")) throw refuse("the definition has no AS");
    const std::size_t body = at + 1;
    while (at < tokens.size() && !is(at, ";")) ++at;
    if (at == tokens.size() || body == at) throw refuse("the definition does not end in ;");
    const std::string_view expression =
        text.substr(tokens[body].begin, tokens[at - 1].end - tokens[body].begin);
    macro.body = expand(expression, file_name).text();
    macro.is_term = is_term(macro.body);
    macros_.push_back(std::move(macro));
    i = at + 1;
  }
}

const SqlMacros::Macro* SqlMacros::find(std::string_view sql, const std::vector<SqlToken>& tokens,
                                        std::size_t index) const {
  if (tokens[index].kind != Kind::word || index + 1 >= tokens.size() ||
      !is_token(sql, tokens[index + 1], "(")) {
    return nullptr;
  }
  if (index > 0 && is_token(sql, tokens[index - 1], ".")) return nullptr;
  const auto found = std::find_if(macros_.rbegin(), macros_.rend(), [&](const Macro& macro) {
    return is_token(sql, tokens[index], macro.name);
  });
  return found == macros_.rend() ? nullptr : &*found;
}

ExpandedSql SqlMacros::expand(std::string_view sql, const std::string& file_name) const {
  ExpandedSql result;
  MacroExpansion(*this, sql, file_name).expand(sql, 0, result);
  return result;
}

}  // namespace aml::features
