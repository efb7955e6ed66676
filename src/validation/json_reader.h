#pragma once

#include <simdjson.h>

#include <cstring>
#include <span>
#include <string_view>

namespace aml::validation {

using JsonType = simdjson::ondemand::json_type;
using JsonValue = simdjson::ondemand::value;
using JsonError = simdjson::simdjson_error;

// One JSON document read front to back by simdjson. Every value is either read or passed over, and
// either way checked: what comes through is JSON. Whatever is not throws JsonError. Views of texts
// last as long as the document.
//
// Values go by value: one whose address is taken lives in memory, and reading 24 bytes back that
// were just written in parts stalls the processor, once for each of tens of millions of fields.
class JsonReader {
 public:
  // Writable bytes that must follow a document.
  static constexpr std::size_t kPadding = simdjson::SIMDJSON_PADDING;

  // `document` and the kPadding bytes after it must stay until close().
  void open(std::span<const char> document) {
    end_ = document.data() + document.size();
    document_ =
        parser_.iterate(document.data(), document.size(), document.size() + kPadding).value();
  }
  // Nothing may follow the document.
  void close() {
    if (document_.current_location().error() != simdjson::OUT_OF_BOUNDS) {
      throw JsonError(simdjson::TRAILING_CONTENT);
    }
  }

  // Calls take(key, value) for each field of the document, which must be an object, or of an
  // object.
  template <typename Take>
  void read_object(const Take& take) {
    read_fields(document_.get_object().value(), take);
  }
  template <typename Take>
  void read_object(JsonValue object, const Take& take) {
    read_fields(object.get_object().value(), take);
  }
  template <typename Take>
  void read_array(JsonValue array, const Take& take) {
    simdjson::ondemand::array elements = array.get_array().value();  // outlives the loop
    for (auto element : elements) take(JsonValue(element.value()));
  }

  static JsonType type(JsonValue value) { return value.type().value(); }
  static double number(JsonValue value) { return value.get_double().value(); }

  std::string_view text(JsonValue value) const {
    const std::string_view written = as_written(value.raw_json_token().data() + 1);
    if (written.find('\\') != std::string_view::npos) return value.get_string().value();
    value.get_raw_json_string().value();
    return written;  // stays where it is
  }

  // Throws JsonError where the value is none, or nests deeper than kDeepest. `depth` is that of the
  // value's surroundings.
  void pass_over(JsonValue value, int depth) {
    constexpr int kDeepest = 16;
    const JsonType kind = type(value);
    const bool is_nest = kind == JsonType::object || kind == JsonType::array;
    if (is_nest && depth >= kDeepest) throw JsonError(simdjson::DEPTH_ERROR);
    switch (kind) {
      case JsonType::object:
        read_object(value, [&](std::string_view, JsonValue inner) { pass_over(inner, depth + 1); });
        return;
      case JsonType::array:
        read_array(value, [&](JsonValue inner) { pass_over(inner, depth + 1); });
        return;
      case JsonType::string:
        text(value);
        return;
      case JsonType::number:
        number(value);
        return;
      case JsonType::boolean:
        value.get_bool().value();
        return;
      case JsonType::null:
        if (!value.is_null()) throw JsonError(simdjson::N_ATOM_ERROR);
    }
  }

 private:
  // From behind the opening quote to the next one.
  std::string_view as_written(const char* begin) const {
    const auto rest = static_cast<std::size_t>(end_ - begin);
    const auto* quote = static_cast<const char*>(std::memchr(begin, '"', rest));
    return {begin, static_cast<std::size_t>(quote - begin)};
  }

  template <typename Take>
  void read_fields(simdjson::ondemand::object object, const Take& take) const {
    for (auto field : object) {
      std::string_view key = as_written(field.key().value().raw());
      if (key.find('\\') != std::string_view::npos) key = field.unescaped_key().value();
      take(key, JsonValue(field.value().value()));
    }
  }

  simdjson::ondemand::parser parser_;
  simdjson::ondemand::document document_;
  const char* end_ = nullptr;
};

}  // namespace aml::validation
