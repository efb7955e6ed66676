#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "http/handler.h"
#include "http/route.h"
#include "http/tokens.h"

namespace aml::http {

// What stands before every route.
struct RouterOptions {
  std::shared_ptr<const Access> access{};   // null: everyone may ask
  std::vector<std::string> cors_origins{};  // whose pages may read the answers; "*": everyone's
};

// Answers by a table of routes. Errors become statuses: usage and bad_input 400, not_found 404,
// denied 403, internal 500, the others 503; a defect is logged and tells a stranger nothing.
class Router : public Handler {
 public:
  // Where two patterns match, the first wins.
  explicit Router(std::vector<Route> routes, RouterOptions options = {});

  std::optional<Response> answer_now(Request& request) override;
  Response answer(Request& request) override;
  bool takes_bodies() const override;

  const std::vector<Route>& routes() const { return routes_; }

 private:
  struct Match {
    const Route* route;
    PathParameters path;
  };
  Answer respond(const Request& request, bool patient) const;
  Answer route(const Request& request, bool patient) const;
  bool is_admitted(const Route& route, const Request& request) const;
  std::optional<Match> match(const Target& target, std::string_view method) const;
  std::string allowed_methods(const Target& target) const;
  void add_cors(const Request& request, Response& response) const;

  std::vector<Route> routes_;
  RouterOptions options_;
};

// The status of an error, by its kind.
int status_of(ErrorKind kind);

// What a client gets for the exception that is being handled, as Router says. REQUIRES: within a
// handler of std::exception.
Response refusal_of_exception();

// What stands for the braces where the path matches the pattern.
std::optional<PathParameters> match_pattern(std::string_view pattern,
                                            const std::vector<std::string>& segments);

}  // namespace aml::http
