#pragma once

#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

// Tools of the Model Context Protocol (https://modelcontextprotocol.io): each is one address of the
// HTTP interface that is read.
namespace aml::mcp {

// What a tool is told. It stands in the braces of the address, or in its query.
struct Argument {
  std::string name;
  std::string description;
  std::string schema;  // JSON Schema: {"type":"integer","minimum":0}
  bool required = false;
  std::string otherwise = "";  // what stands in the address where it is not given
};

struct Tool {
  std::string name;
  std::string description;
  std::string pattern;  // "/alerts/{date}/{alert_id}"
  std::vector<Argument> arguments{};
};

// What everybody may ask who may ask the API.
std::span<const Tool> api_tools();
// The same of a server of these networks: each takes the network to ask, and one tool lists them.
// Without any, api_tools().
std::vector<Tool> api_tools_of(const std::vector<std::string>& networks);
// What may ask who may see cases.
std::span<const Tool> case_tools();

// As tools/list shows it.
nlohmann::ordered_json described(const Tool& tool);

// The address that answers it. Throws Error{usage} that names the argument which is missing, not
// known, or of another type or range than its schema says.
std::string target_of(const Tool& tool, const nlohmann::ordered_json& arguments);

}  // namespace aml::mcp
