#pragma once

#include <string>
#include <utility>
#include <vector>

#include "http/route.h"

// What OpenAPI says of the routes that read inputs.
namespace aml::api {

http::RouteDoc alert_table_doc();
http::RouteDoc alert_input_doc();
http::RouteDoc address_flows_doc();
http::RouteDoc address_transfers_doc();
http::RouteDoc address_days_doc();

// The schemas that they name.
std::vector<std::pair<std::string, std::string>> evidence_schemas();

}  // namespace aml::api
