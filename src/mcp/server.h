#pragma once

#include <cstddef>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "http/message.h"
#include "mcp/tools.h"

// The Model Context Protocol (https://modelcontextprotocol.io/specification) over JSON-RPC 2.0, by
// which programs that talk with language models find and ask tools. Only what is read is offered.
// Sessions hold nothing: each message is answered by itself, in the versions that begin with
// `initialize` (2025-06-18, 2025-11-25) and in the one that does not (2026-07-28).
namespace aml::mcp {

// How a message came, where it came over HTTP: what its header fields say must be what it says.
struct Envelope {
  std::optional<std::string> version{};  // MCP-Protocol-Version
  std::optional<std::string> method{};   // Mcp-Method
  std::optional<std::string> name{};     // Mcp-Name
};

struct Reply {
  std::optional<std::string> text;  // JSON on one line; nothing to a notification
  int status = 200;                 // of HTTP
};

class Server {
 public:
  // Answers a GET of that address; may be called from any thread.
  using Ask = std::function<http::Response(const std::string& target)>;

  // Tools that stand in several spans are offered once each.
  explicit Server(std::vector<std::span<const Tool>> tools) : tools_(std::move(tools)) {}

  // Throws nothing but what `ask` throws.
  Reply answer(std::string_view message, const Ask& ask,
               const std::optional<Envelope>& envelope = std::nullopt) const;

  // Of a message, and of the answer of a tool: what has more is refused, with a hint to ask for
  // less.
  static constexpr std::size_t kMostMessageBytes = 65'536;
  static constexpr std::size_t kMostAnswerBytes = 262'144;

 private:
  struct Call;
  std::string result_of(const Call& call, const Ask& ask) const;
  std::string initialized(const Call& call) const;
  std::string listed(const Call& call) const;
  std::string called(const Call& call, const Ask& ask) const;
  const Tool* find(std::string_view name) const;

  std::vector<std::span<const Tool>> tools_;
};

}  // namespace aml::mcp
