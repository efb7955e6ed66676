#pragma once

#include "http/openapi.h"
#include "http/route.h"

// What OpenAPI says of cases.
namespace aml::cases {

http::RouteDoc day_doc();
http::RouteDoc queues_doc();
http::RouteDoc alert_doc();
http::RouteDoc decisions_doc();
http::RouteDoc undo_doc();
http::RouteDoc next_doc();
http::RouteDoc release_doc();
http::RouteDoc user_doc();
http::RouteDoc report_doc();
http::RouteDoc address_doc();
http::RouteDoc mcp_doc();

http::OpenApi cases_description();

}  // namespace aml::cases
