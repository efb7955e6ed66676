#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "http/message.h"
#include "http/target.h"
#include "http/tokens.h"

namespace aml::http {

// What stands for the braces of a route's pattern: {"date": "2025-10-26"}.
using PathParameters = std::map<std::string, std::string, std::less<>>;

// A request on its way to an answer.
struct Call {
  const Request& request;
  const Target& target;
  PathParameters path;
  bool patient;  // whether the answer may take longer than some ten microseconds
};

// A route's answer; nothing where it would take time and the call is not patient.
using Answer = std::optional<Response>;

// The rest of a route is what OpenAPI says of it. Schemas and examples are JSON texts; a schema may
// also be the name of one of the document's own, "AlertScores".
struct ParameterDoc {
  std::string name;
  std::string description;
  std::string schema;  // {"type":"integer","minimum":0}
  std::string example{};
};

struct BodyDoc {
  std::string media_type;
  std::string schema;
  std::string example{};
};

struct RouteDoc {
  std::string summary;  // one line
  std::string tag{};    // routes with the same tag stand together
  std::vector<ParameterDoc> query{};
  std::vector<ParameterDoc> headers{};  // of the request
  std::optional<BodyDoc> request_body{};
  std::vector<BodyDoc> bodies{};         // of a 200, the default media type first
  std::vector<int> refusals{};           // further statuses
  std::string refusal_schema = "Error";  // of what comes with them
  bool is_tagged = false;                // whether the answer has an ETag, so that 304 may come
  bool hidden = false;                   // pages and their files: no part of the interface
};

// One row of a table of routes.
struct Route {
  std::string method = "GET";  // a route that answers GET answers HEAD too
  // "/alerts/{date}/{alert_id}": braces match any one segment, "{path...}" at the end one or more.
  std::string pattern;
  std::function<Answer(const Call&)> answer;
  RouteDoc doc{};
  bool open = false;  // answered to clients without a token too
  // Who may ask, whoever may ask for the rest; null: those of RouterOptions.
  std::shared_ptr<const Access> access{};
};

}  // namespace aml::http
