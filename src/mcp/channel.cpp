#include "mcp/channel.h"

#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string>
#include <utility>

#include "base/error.h"
#include "base/threads.h"

namespace aml::mcp {

namespace {

constexpr std::size_t kBlock = 65'536;
constexpr int kLookMs = 200;  // for a stop

// What comes next, empty at the end or where a stop is requested.
std::string_view next_block(int in, std::array<char, kBlock>& block) {
  for (;;) {
    if (stop_requested()) return {};
    pollfd wanted{.fd = in, .events = POLLIN, .revents = 0};
    const int ready = ::poll(&wanted, 1, kLookMs);
    if (ready == 0 || (ready < 0 && errno == EINTR)) continue;
    const ssize_t read = ::read(in, block.data(), block.size());
    if (read >= 0) return {block.data(), static_cast<std::size_t>(read)};
    if (errno != EINTR && errno != EAGAIN) {
      throw Error(ErrorKind::unavailable, "standard input cannot be read");
    }
  }
}

std::optional<std::string> field(const http::Request& request, std::string_view name) {
  const auto value = request.fields.find(name);
  return value ? std::optional<std::string>(*value) : std::nullopt;
}

}  // namespace

void serve_lines(const Server& server, const Server::Ask& ask, int in,
                 const std::function<void(std::string_view line)>& write) {
  const auto take = [&](const std::string& line) {
    if (line.find_first_not_of(" \t\r") == std::string::npos) return;
    if (auto text = server.answer(line, ask).text) write(*text + "\n");
  };
  std::array<char, kBlock> block{};
  std::string line;
  for (std::string_view read = next_block(in, block); !read.empty(); read = next_block(in, block)) {
    while (!read.empty()) {
      const std::size_t end = read.find('\n');
      // One byte more than may be shows that there are too many.
      const std::size_t room = Server::kMostMessageBytes + 1 - line.size();
      line += read.substr(0, std::min(end, room));
      if (end == std::string_view::npos) break;
      read.remove_prefix(end + 1);
      take(std::exchange(line, {}));
    }
  }
  take(line);
}

http::Response answer_post(const Server& server, const Server::Ask& ask,
                           const http::Request& request) {
  const Envelope envelope{.version = field(request, "MCP-Protocol-Version"),
                          .method = field(request, "Mcp-Method"),
                          .name = field(request, "Mcp-Name")};
  Reply reply = server.answer(request.body, ask, envelope);
  http::Response response{.status = reply.status, .fields = {{"Cache-Control", "no-store"}}};
  if (reply.text) response.body = http::make_body(std::move(*reply.text));
  return response;
}

}  // namespace aml::mcp
