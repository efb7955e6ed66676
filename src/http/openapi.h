#pragma once

#include <span>
#include <string>
#include <utility>
#include <vector>

#include "http/route.h"

namespace aml::http {

// What a description says besides its routes.
struct OpenApi {
  std::string title;
  std::string version;      // of the interface
  std::string description;  // Markdown
  // Schemas that routes name, as JSON texts. "Error" is there already.
  std::vector<std::pair<std::string, std::string>> schemas;
  std::vector<ParameterDoc> path_parameters;  // one for every name that stands in braces
  bool needs_token = false;
};

// The routes as an OpenAPI 3.1 document, in JSON; hidden ones are left out. Throws Error{internal}
// where a text is no JSON, or a schema or path parameter that a route names is missing.
std::string openapi_json(const OpenApi& api, std::span<const Route> routes);

}  // namespace aml::http
