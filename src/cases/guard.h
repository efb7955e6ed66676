#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <variant>

#include "cases/users.h"
#include "http/message.h"

namespace aml::cases {

// A 401 that says what is wanted.
http::Response no_token();

// Who may ask for cases, from where. All functions may be called from any thread.
class Guard {
 public:
  struct Options {
    std::string host = "127.0.0.1";  // the listener's, an IP address
    bool is_tls = false;
    std::set<std::string> origins{};  // further ones of ours, "https://cases.example.org"
  };
  Guard(const Users& users, Options options);

  // The port is known once the server listens; until then no Host is ours.
  void set_port(std::uint16_t port) { port_ = port; }

  std::optional<User> user_of(const http::Request& request) const;
  // A 403 where the Host is none of ours: another's name may lead here by a trick of its DNS.
  std::optional<http::Response> refuse_host(const http::Request& request) const;
  // What a message of MCP lacks: a user (401), no Origin or one that is ours (403), JSON (415).
  std::optional<http::Response> refuse_message(const http::Request& request) const;
  // Who writes; or what the write lacks: a user who may decide (401, 403), an Origin that is ours
  // (403), JSON (415), If-Match (428). Users are looked up once: they may be others a moment later.
  std::variant<User, http::Response> writer_of(const http::Request& request) const;

 private:
  bool is_own_host(std::string_view host) const;
  bool is_own_origin(std::string_view origin) const;

  const Users& users_;
  const Options options_;
  std::set<std::string, std::less<>> further_hosts_;
  std::atomic<std::uint16_t> port_{0};
};

}  // namespace aml::cases
