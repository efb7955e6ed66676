#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "http/handler.h"
#include "http/metrics.h"
#include "http/router.h"
#include "http/static_files.h"
#include "neuron/ledger.h"

namespace aml::neuron {

struct ValidatorApiOptions {
  std::filesystem::path data_dir;  // of the validator, which may be at work
  std::filesystem::path web;       // http::web_folder
};

// What a validator found out, for everyone: docs/validating.md lists the routes. Reads the ledger
// and the ensembles as they are at the moment; writes nothing.
class ValidatorApi : public http::Handler {
 public:
  explicit ValidatorApi(ValidatorApiOptions options);

  std::optional<http::Response> answer_now(http::Request& request) override;
  http::Response answer(http::Request& request) override;
  http::Metrics& metrics() { return metrics_; }

 private:
  std::vector<http::Route> routes();

  ValidatorApiOptions options_;
  http::Metrics metrics_;
  http::StaticFiles pages_;
  http::StaticFiles vendor_;
  http::Router router_;
};

}  // namespace aml::neuron
