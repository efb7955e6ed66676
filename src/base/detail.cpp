#include "base/detail.h"

#include <nlohmann/json.hpp>

namespace aml {

std::optional<std::string> detail_of(std::string_view body) {
  const auto json = nlohmann::json::parse(body, nullptr, false);
  if (!json.is_object() || !json.contains("detail") || !json["detail"].is_string()) {
    return std::nullopt;
  }
  return json["detail"].get<std::string>();
}

}  // namespace aml
