#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/parse_number.h"

// The grammar of a LightGBM text model: sections of key=value lines, parted by empty lines.
namespace aml::forest {

// Throws the Error{bad_input} of a file that is damaged or no model: names it and says what to do.
[[noreturn]] void refuse_model(const std::filesystem::path& path, const std::string& what);

// The same of a model that is intact and of a kind that is not read here.
[[noreturn]] void refuse_kind(const std::filesystem::path& path, const std::string& what);

// Walks a text line by line. Lines end in LF or CRLF.
class Lines {
 public:
  Lines(std::string_view text, const std::filesystem::path& path) : text_(text), path_(path) {}
  bool at_end() const { return position_ >= text_.size(); }
  // Bytes read so far, each line end counted as one.
  std::size_t length() const { return position_ - returns_; }
  std::string_view next();
  void skip_empty();

 private:
  std::string_view text_;
  const std::filesystem::path& path_;
  std::size_t position_ = 0;
  std::size_t returns_ = 0;
};

// The words of a line, parted by spaces.
std::vector<std::string_view> split_words(std::string_view text);

// A number that LightGBM reads with its own quick parser (Common::Atof), whose last digit may
// differ from the nearest double: gains and the sigmoid. Nothing for what is no number.
std::optional<double> parse_quick(std::string_view word);

// One section with words to complain about it. A view into the text it was read from.
class Section {
 public:
  // Reads up to the first empty line or the end. `where` begins its complaints: "Tree=3".
  Section(Lines& lines, const std::filesystem::path& path, std::string where);

  [[noreturn]] void fail(const std::string& what) const;
  [[noreturn]] void fail_kind(const std::string& what) const { refuse_kind(path_, what); }

  std::size_t size() const { return values_.size(); }
  bool has(std::string_view key) const { return values_.contains(key); }
  // These throw Error{bad_input} where the key is missing or its value is not what is asked for.
  std::string_view text(std::string_view key) const;
  std::int64_t integer(std::string_view key) const;
  // Exactly `count` numbers.
  template <typename Number>
  std::vector<Number> list(std::string_view key, std::size_t count) const {
    return parsed<Number>(key, count, parse_number<Number>);
  }
  std::vector<double> quick_list(std::string_view key, std::size_t count) const {
    return parsed<double>(key, count, parse_quick);
  }

 private:
  template <typename Number, typename Parse>
  std::vector<Number> parsed(std::string_view key, std::size_t count, Parse parse) const {
    std::vector<Number> numbers;
    for (const std::string_view word : split_words(text(key))) {
      const std::optional<Number> number = parse(word);
      if (!number) fail_word(key, word);
      numbers.push_back(*number);
    }
    if (numbers.size() != count) fail_count(key, numbers.size(), count);
    return numbers;
  }
  [[noreturn]] void fail_word(std::string_view key, std::string_view word) const;
  [[noreturn]] void fail_count(std::string_view key, std::size_t found, std::size_t wanted) const;

  const std::filesystem::path& path_;
  std::string where_;
  std::map<std::string_view, std::string_view> values_;
};

}  // namespace aml::forest
