#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "api/archive.h"
#include "api/explorer.h"
#include "api/ready_answers.h"
#include "api/routes.h"
#include "api/watch.h"
#include "base/date.h"
#include "evidence/input_root.h"
#include "http/cache.h"
#include "http/metrics.h"
#include "http/router.h"
#include "http/static_files.h"

namespace aml::api {

// Since the beginning of the newest batch's day. The next one's is there a day after that day
// ended, or half a day later.
inline constexpr std::chrono::hours kMaxAge{60};

struct ServiceOptions {
  std::filesystem::path output_root;  // of the batches, {date}/ each
  // Of a server with several networks: which of them this one is, and all of them.
  std::string network{};
  std::vector<std::string> networks{};
  http::Budget* budget = nullptr;  // for answers; never null
  // Of the inputs, {date}/ each; without one, what comes from them is left out or answered by 404.
  std::optional<std::filesystem::path> input_root{};
  evidence::InputLimits input_limits{};
  std::filesystem::path web{};             // pages/ and vendor/, see http::web_folder()
  std::chrono::seconds max_age = kMaxAge;  // of the newest day while /readyz says yes
  http::RouterOptions router{};
  http::Metrics* metrics = nullptr;     // what /metrics shows; absent: no such address
  std::filesystem::path commitments{};  // of `mine --commit`, told by day; may be empty
  std::vector<Explorer> explorers{};    // to which the page links
  std::function<bool(Date)> is_held{};  // days that are not shown, as time goes; may be empty
};

// Answers requests from the batches of an output root.
class Service : public http::Handler {
 public:
  explicit Service(const ServiceOptions& options);

  std::optional<http::Response> answer_now(http::Request& request) override;
  http::Response answer(http::Request& request) override;
  bool takes_bodies() const override { return router_.takes_bodies(); }

 private:
  std::vector<http::Route> routes(const ServiceOptions& options);
  http::Route networks_route(const ServiceOptions& options);
  http::Answer answer_route(const Route& route, const http::Call& call);

  Archive archive_;
  evidence::InputRoot inputs_;
  http::Cache cache_;
  Watch watch_;
  ReadyAnswers ready_;
  const bool has_embargo_;  // so that answers change with time
  const std::shared_ptr<const http::Access> access_;
  const std::chrono::seconds max_age_;
  const std::filesystem::path commitments_;
  const bool has_origins_;  // so that answers depend on the Origin field
  http::StaticFiles pages_;
  http::StaticFiles vendor_;
  http::Router router_;
};

}  // namespace aml::api
