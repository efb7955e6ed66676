#pragma once

#include <functional>
#include <string_view>

#include "http/route.h"
#include "mcp/server.h"

// The two ways on which messages come.
namespace aml::mcp {

// Reads messages from the descriptor `in`, a line each, and hands each answer, a line with its end,
// to `write`. Returns at the end of `in`, or where a stop is requested. Lines that are longer than
// Server::kMostMessageBytes are refused, and never held whole.
void serve_lines(const Server& server, const Server::Ask& ask, int in,
                 const std::function<void(std::string_view line)>& write);

// The answer to a POST of Streamable HTTP, in JSON: 202 to a notification, 400 where the
// MCP-Protocol-Version field names a version that is not known.
http::Response answer_post(const Server& server, const Server::Ask& ask,
                           const http::Request& request);

}  // namespace aml::mcp
