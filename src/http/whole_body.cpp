#include "http/whole_body.h"

#include <limits>
#include <string_view>
#include <vector>

namespace aml::http {

std::optional<std::string> whole_body(Response& response, std::uint64_t most) {
  std::string bytes;
  if (response.body) {
    if (response.body->size() > most) return std::nullopt;
    return *response.body;
  }
  if (response.parts) {
    if (response.parts->size() > most) return std::nullopt;
    std::uint64_t position = 0;
    std::vector<std::string_view> views;
    constexpr std::size_t kAtOnce = 64;
    do {
      views.clear();
      response.parts->next(position, views, kAtOnce);
      for (const std::string_view view : views) bytes += view;
    } while (!views.empty());
  } else if (response.producer) {
    for (std::string piece = response.producer->next(); !piece.empty();
         piece = response.producer->next()) {
      bytes += piece;
      if (bytes.size() > most) return std::nullopt;
    }
  }
  return bytes;
}

std::string whole_body(Response& response) {
  return *whole_body(response, std::numeric_limits<std::uint64_t>::max());
}

std::string field_of(const Response& response, std::string_view name) {
  for (const auto& [sent, value] : response.fields) {
    if (is_same_name(sent, name)) return value;
  }
  return "";
}

}  // namespace aml::http
