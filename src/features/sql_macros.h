#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "features/sql_text.h"

namespace aml::features {

// SQL made of a file's text, and which place in the file each part of it comes from.
class ExpandedSql {
 public:
  // Adds characters that stand in the file from `offset` on.
  void add_copy(std::string_view characters, std::size_t offset);
  // Adds characters that do not stand in the file, on behalf of what stands there at `offset`.
  void add_made(std::string_view characters, std::size_t offset);

  const std::string& text() const { return text_; }
  // The place in the file that the character at `offset` of text() comes from.
  std::size_t offset_in_file(std::size_t offset) const;

 private:
  struct Piece {
    std::size_t begin = 0;   // in text_
    std::size_t offset = 0;  // in the file
    bool is_copy = false;
  };
  void add(std::string_view characters, Piece piece);

  std::string text_;
  std::vector<Piece> pieces_;  // by begin
};

// Expressions that have a name, so that each is written once. A file of them holds
//   CREATE MACRO name(parameter, …) AS expression;
// as DuckDB has it, but the program puts the expression in the place of every call itself, so that
// the SQL that runs is plain SQL, the same for every engine.
class SqlMacros {
 public:
  // Reads the definitions of a file; each may call those before it, and takes the place of an
  // earlier one of its name. Throws Error{bad_input} naming `file_name` and line where the text is
  // of another form.
  void add(std::string_view text, const std::string& file_name);

  // `sql` with every call replaced; other text stays as it is. Parentheses are added where an
  // argument or a result is more than one term. Throws Error{bad_input} naming `file_name` and line
  // for a call with too many or too few arguments, or where the result is longer than 1 MiB.
  ExpandedSql expand(std::string_view sql, const std::string& file_name) const;

 private:
  struct Macro {
    std::string name;
    std::vector<std::string> parameters;
    std::string body;  // calls in it are expanded
    bool is_term = false;
  };
  const Macro* find(std::string_view sql, const std::vector<SqlToken>& tokens,
                    std::size_t index) const;

  std::vector<Macro> macros_;
  friend class MacroExpansion;
};

}  // namespace aml::features
