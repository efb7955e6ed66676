#pragma once

#include <string>
#include <vector>

#include "http/openapi.h"

namespace aml::api {

inline constexpr const char* kApiVersion = "1.0.0";  // of the contract, docs/api.md

// Schemas and path parameters of the routes, without the routes.
http::OpenApi api_description();

// What /networks says, and how a request names one of several.
http::RouteDoc networks_doc();
http::ParameterDoc network_parameter(const std::vector<std::string>& networks);

}  // namespace aml::api
