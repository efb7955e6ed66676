#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "api/archive.h"
#include "api/ready_answers.h"
#include "api/routes.h"
#include "api/watch.h"
#include "evidence/input_root.h"
#include "http/cache.h"
#include "http/metrics.h"
#include "http/router.h"
#include "http/static_files.h"

namespace aml::api {

struct ServiceOptions {
  std::filesystem::path output_root;  // of the batches, {date}/ each
  http::Budget* budget = nullptr;     // for answers; never null
  // Of the inputs, {date}/ each; without one, what comes from them is left out or answered by 404.
  std::optional<std::filesystem::path> input_root{};
  evidence::InputLimits input_limits{};
  std::filesystem::path web{};  // pages/ and vendor/, see http::web_folder()
  http::RouterOptions router{};
  http::Metrics* metrics = nullptr;  // what /metrics shows; absent: no such address
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
  http::Answer answer_route(const Route& route, const http::Call& call);

  Archive archive_;
  evidence::InputRoot inputs_;
  http::Cache cache_;
  Watch watch_;
  ReadyAnswers ready_;
  const std::shared_ptr<const http::Access> access_;
  const bool has_origins_;  // so that answers depend on the Origin field
  http::StaticFiles pages_;
  http::StaticFiles vendor_;
  http::Router router_;
};

}  // namespace aml::api
