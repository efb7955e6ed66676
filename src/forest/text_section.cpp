#include "forest/text_section.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/error.h"

namespace aml::forest {

namespace {

// Feature names may hold '='; nothing else in a model does.
constexpr std::string_view kNamesKey = "feature_names";

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// The digits at the front of `text`, taken off it, as a double; `count` is how many there were.
double take_digits(std::string_view& text, int& count) {
  double value = 0;
  for (count = 0; !text.empty() && is_digit(text.front()); ++count, text.remove_prefix(1)) {
    value = value * 10.0 + (text.front() - '0');
  }
  return value;
}

}  // namespace

void refuse_model(const std::filesystem::path& path, const std::string& what) {
  throw Error(
      ErrorKind::bad_input,
      fmt::format("{} is not an intact LightGBM text model: {}; copy it anew or train it again",
                  path.string(), what));
}

void refuse_kind(const std::filesystem::path& path, const std::string& what) {
  throw Error(ErrorKind::bad_input, fmt::format("{} is not supported: {}", path.string(), what));
}

std::string_view Lines::next() {
  const std::size_t end = std::min(text_.find('\n', position_), text_.size());
  std::string_view line = text_.substr(position_, end - position_);
  position_ = end + 1;
  if (!line.empty() && line.back() == '\r') {
    line.remove_suffix(1);
    ++returns_;
  }
  if (line.find('\r') != std::string_view::npos) refuse_model(path_, "it has a broken line end");
  return line;
}

void Lines::skip_empty() {
  while (!at_end()) {
    if (text_.substr(position_, 2) == "\r\n") {
      position_ += 2;
      ++returns_;
    } else if (text_[position_] == '\n') {
      ++position_;
    } else {
      break;
    }
  }
}

std::vector<std::string_view> split_words(std::string_view text) {
  std::vector<std::string_view> words;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    if (end > 0) words.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return words;
}

std::optional<double> parse_quick(std::string_view word) {
  const bool is_negative = word.starts_with('-');
  if (is_negative) word.remove_prefix(1);
  const double sign = is_negative ? -1.0 : 1.0;
  if (word == "inf") return sign * 1e308;
  if (word == "nan") return std::numeric_limits<double>::quiet_NaN();

  int digits = 0;
  double value = take_digits(word, digits);
  if (word.starts_with('.')) {
    word.remove_prefix(1);
    int places = 0;
    const double fraction = take_digits(word, places);
    // Up to 22 places the power of ten is exact, and LightGBM writes fewer.
    if (places > 22) return std::nullopt;
    value += fraction / std::pow(10.0, places);
    digits += places;
  }
  if (digits == 0) return std::nullopt;
  if (word.starts_with('e')) {
    word.remove_prefix(1);
    const bool divides = word.starts_with('-');
    if (divides || word.starts_with('+')) word.remove_prefix(1);
    int places = 0;
    double exponent = take_digits(word, places);
    if (places == 0) return std::nullopt;
    exponent = std::min(exponent, 308.0);
    double scale = 1.0;
    for (; exponent >= 50; exponent -= 50) scale *= 1e50;
    for (; exponent >= 8; exponent -= 8) scale *= 1e8;
    for (; exponent > 0; exponent -= 1) scale *= 10.0;
    value = divides ? value / scale : value * scale;
  }
  if (!word.empty()) return std::nullopt;
  return sign * value;
}

Section::Section(Lines& lines, const std::filesystem::path& path, std::string where)
    : path_(path), where_(std::move(where)) {
  while (!lines.at_end()) {
    const std::string_view line = lines.next();
    if (line.empty()) break;
    const std::size_t equals = line.find('=');
    const std::string_view key = line.substr(0, std::min(equals, line.size()));
    const std::string_view value =
        equals == std::string_view::npos ? std::string_view() : line.substr(equals + 1);
    const bool is_flag = line == "average_output";
    if ((equals == std::string_view::npos && !is_flag) ||
        (value.find('=') != std::string_view::npos && key != kNamesKey)) {
      refuse_model(path, fmt::format("'{}' is no line of such a model", line.substr(0, 40)));
    }
    if (!values_.emplace(key, value).second) {
      refuse_model(path, fmt::format("{} stands twice in one section", key));
    }
  }
}

void Section::fail(const std::string& what) const { refuse_model(path_, where_ + ": " + what); }

void Section::fail_word(std::string_view key, std::string_view word) const {
  fail(fmt::format("{} holds '{}', which is no such number", key, word.substr(0, 40)));
}

void Section::fail_count(std::string_view key, std::size_t found, std::size_t wanted) const {
  fail(fmt::format("{} holds {} numbers where {} belong", key, found, wanted));
}

std::string_view Section::text(std::string_view key) const {
  const auto found = values_.find(key);
  if (found == values_.end()) fail(fmt::format("{} is missing", key));
  return found->second;
}

std::int64_t Section::integer(std::string_view key) const {
  const auto number = parse_number<std::int64_t>(text(key));
  if (!number) fail(fmt::format("{} is no whole number", key));
  return *number;
}

}  // namespace aml::forest
