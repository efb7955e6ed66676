#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cases/day_alerts.h"
#include "cases/desk.h"
#include "cases/guard.h"
#include "cases/room.h"
#include "cases/store.h"
#include "cases/users.h"
#include "http/router.h"
#include "mcp/server.h"

// Cases over HTTP, on a listener of their own: docs/cases.md has the routes. Everything else that
// is asked there is answered by the API that it stands before.
namespace aml::cases {

struct ServiceOptions {
  // These three outlive the service.
  Store* store = nullptr;
  const Users* users = nullptr;
  http::Handler* api = nullptr;  // admits the users' tokens, and own_token
  std::string own_token;         // with which the service itself asks the API
  DeskRules rules{};
  Guard::Options guard{};
};

class Service : public http::Handler {
 public:
  explicit Service(const ServiceOptions& options);

  // The port is known once the server listens: until then nobody is answered.
  void set_port(std::uint16_t port) { guard_.set_port(port); }

  std::optional<http::Response> answer_now(http::Request& request) override;
  http::Response answer(http::Request& request) override;

 private:
  using Reading = std::function<http::Response(const http::Call&, const User&)>;
  http::Route read_route(std::string pattern, http::RouteDoc doc, Reading read);
  http::Route write_route(std::string pattern, http::RouteDoc doc, Reading write);
  std::vector<http::Route> day_routes();
  std::vector<http::Route> routes();
  http::Route mcp_route();
  http::Route description(const std::vector<http::Route>& routes);
  Room room() { return {store_, desk_, days_, users_, queues_}; }
  // Whether the answer must be looked through for what is hidden.
  bool hides_from(const http::Request& request) const;

  Store& store_;
  const Users& users_;
  http::Handler& api_;
  Desk desk_;
  Days days_;
  Queues queues_;
  Guard guard_;
  const mcp::Server mcp_{{mcp::api_tools(), mcp::case_tools()}};
  http::Router router_;
};

}  // namespace aml::cases
