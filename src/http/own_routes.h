#pragma once

#include <optional>
#include <span>

#include "http/metrics.h"
#include "http/openapi.h"
#include "http/route.h"

// Routes that every server has.
namespace aml::http {

// GET /metrics. REQUIRES: `metrics` outlives the route.
Route metrics_route(const Metrics& metrics);

// GET /openapi.json, which describes `routes` and itself. Throws as openapi_json() does.
Route openapi_route(const OpenApi& api, std::span<const Route> routes);

// A 406 where the client's Accept field does not take `type` or its Accept-Encoding nothing that is
// offered: for answers that come in one form only.
std::optional<Response> refuse_other_than(std::string_view type, const Request& request);

}  // namespace aml::http
