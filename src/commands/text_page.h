#pragma once

#include <fmt/format.h>

#include <iterator>
#include <string>
#include <utility>

namespace aml::commands {

// A text for people, piece by piece.
class TextPage {
 public:
  template <typename... Values>
  void add(fmt::format_string<Values...> format, Values&&... values) {
    fmt::format_to(std::back_inserter(text_), format, std::forward<Values>(values)...);
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

}  // namespace aml::commands
