#pragma once

#include "http/openapi.h"

namespace aml::api {

inline constexpr const char* kApiVersion = "1.0.0";  // of the contract, docs/api.md

// Schemas and path parameters of the routes, without the routes.
http::OpenApi api_description();

}  // namespace aml::api
