#include "mcp/tools.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/percent.h"
#include "http/target.h"

namespace aml::mcp {

namespace {

using Json = nlohmann::ordered_json;

// Of a text in an address.
constexpr std::size_t kLongestText = 1'024;

[[noreturn]] void refuse(const Tool& tool, const std::string& name, const std::string& what) {
  throw Error(ErrorKind::usage, fmt::format("{}: {} {}", tool.name, name, what));
}

// A value as it stands in an address. The route itself judges what a text says.
std::string checked(const Tool& tool, const Argument& argument, const Json& value) {
  const Json schema = Json::parse(argument.schema);
  const std::string type = schema.at("type");
  if (type == "string") {
    if (!value.is_string()) refuse(tool, argument.name, "must be a string");
    std::string text = value;
    if (text.empty() || text.size() > kLongestText) {
      refuse(tool, argument.name, fmt::format("must have 1 to {} bytes", kLongestText));
    }
    return text;
  }
  if (type == "boolean") {
    if (!value.is_boolean()) refuse(tool, argument.name, "must be true or false");
    return value.get<bool>() ? "true" : "false";
  }
  const bool is_right = type == "integer" ? value.is_number_integer() : value.is_number();
  if (!is_right) refuse(tool, argument.name, "must be of type " + type);
  if (value.get<double>() < schema.at("minimum").get<double>() ||
      value.get<double>() > schema.at("maximum").get<double>()) {
    refuse(tool, argument.name,
           fmt::format("must be from {} to {}", schema.at("minimum").dump(),
                       schema.at("maximum").dump()));
  }
  return value.dump();
}

bool takes(const Tool& tool, const std::string& name) {
  return std::any_of(tool.arguments.begin(), tool.arguments.end(),
                     [&](const Argument& known) { return known.name == name; });
}

}  // namespace

Json described(const Tool& tool) {
  Json properties = Json::object();
  Json required = Json::array();
  for (const Argument& argument : tool.arguments) {
    Json schema = Json::parse(argument.schema);
    schema["description"] = argument.description;
    properties[argument.name] = std::move(schema);
    if (argument.required) required.push_back(argument.name);
  }
  Json input{{"type", "object"}, {"properties", std::move(properties)}};
  if (!required.empty()) input["required"] = std::move(required);
  input["additionalProperties"] = false;
  return {{"name", tool.name},
          {"description", tool.description},
          {"inputSchema", std::move(input)},
          {"annotations",
           {{"readOnlyHint", true}, {"idempotentHint", true}, {"openWorldHint", false}}}};
}

std::string target_of(const Tool& tool, const Json& arguments) {
  for (const auto& [name, value] : arguments.items()) {
    if (!takes(tool, name)) {
      refuse(tool, fmt::format("\"{}\"", http::shown(name)), "is no argument of it");
    }
  }
  std::string path = tool.pattern;
  std::string query;
  for (const Argument& argument : tool.arguments) {
    const auto given = arguments.find(argument.name);
    std::string text = argument.otherwise;
    if (given != arguments.end()) {
      text = checked(tool, argument, *given);
    } else if (argument.required) {
      refuse(tool, argument.name, "is missing");
    }
    if (text.empty()) continue;
    const std::string encoded = percent_encoded(text, false);
    const std::string braces = "{" + argument.name + "}";
    if (const std::size_t at = path.find(braces); at != std::string::npos) {
      path.replace(at, braces.size(), encoded);
    } else {
      query += (query.empty() ? "?" : "&") + argument.name + "=" + encoded;
    }
  }
  return path + query;
}

}  // namespace aml::mcp
