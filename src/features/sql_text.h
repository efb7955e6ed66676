#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace aml::features {

// A word of an SQL text. White space lies between tokens.
struct SqlToken {
  enum class Kind {
    word,     // a name or a keyword
    quoted,   // "a name"
    text,     // 'text', $tag$text$tag$
    number,   // 12, 1.0e6
    symbol,   // one character of any other kind
    comment,  // -- to the end of the line, or /* */
  };
  Kind kind = Kind::symbol;
  std::size_t begin = 0;  // byte offsets into the text
  std::size_t end = 0;
  int depth = 0;  // how many parentheses it stands in; those themselves count as outside
};

// The tokens of `sql`, split as DuckDB splits them. Whether they make a statement is for DuckDB to
// say; a string or a comment that is not closed reaches to the end.
std::vector<SqlToken> scan_sql(std::string_view sql);

// A token's characters in `sql`.
inline std::string_view token_text(std::string_view sql, const SqlToken& token) {
  return sql.substr(token.begin, token.end - token.begin);
}

// Whether the token is this keyword or symbol, in upper or lower case; quoted names never are.
bool is_token(std::string_view sql, const SqlToken& token, std::string_view keyword);

// The name that a word or a quoted token stands for.
std::string name_of(std::string_view sql, const SqlToken& token);

// A place in a text: line and column from 1, the column in characters (UTF-8), and the line itself.
struct TextPlace {
  std::size_t line = 1;
  std::size_t column = 1;
  std::string text;
};
TextPlace place_of(std::string_view text, std::size_t offset);

// The line, and below it a caret under the place: for an error message. Of a line of more than 100
// characters only those around the place; control characters are shown as spaces.
std::string with_caret(const TextPlace& place);

}  // namespace aml::features
