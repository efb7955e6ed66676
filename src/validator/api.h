#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "http/budget.h"
#include "http/cache.h"
#include "http/handler.h"
#include "http/metrics.h"
#include "http/router.h"
#include "http/row_text.h"
#include "http/static_files.h"
#include "http/tokens.h"
#include "validator/ledger.h"

namespace aml::validator {

class CommitmentDesk;

struct ValidatorApiOptions {
  std::filesystem::path data_dir;                          // of the validator, which may be at work
  std::filesystem::path web;                               // http::web_folder
  http::Budget* budget = nullptr;                          // for answers; never null
  CommitmentDesk* commitments = nullptr;                   // null: commitments are the chain's
  std::shared_ptr<const http::Access> ensemble_readers{};  // null: everyone
};

// What a validator found out, for everyone: docs/validating.md lists the routes. Reads the ledger
// and the ensembles as they are at the moment, and keeps bodies until those change; writes nothing.
class ValidatorApi : public http::Handler {
 public:
  explicit ValidatorApi(ValidatorApiOptions options);

  std::optional<http::Response> answer_now(http::Request& request) override;
  http::Response answer(http::Request& request) override;
  bool takes_bodies() const override { return router_.takes_bodies(); }
  http::Metrics& metrics() { return metrics_; }

 private:
  std::vector<http::Route> routes();
  void add_commitment_routes(std::vector<http::Route>& routes);
  http::Route json_route(std::string pattern, std::string summary,
                         std::function<std::string(const http::Call&)> make);
  http::Route ensemble_route(std::string pattern, std::string summary,
                             std::function<http::RowText(const std::string& date)> make);
  http::Answer list(const http::Call& call, const std::string& name,
                    const std::function<http::RowText()>& make);
  // Differs from an earlier one where the ledger or an ensemble has changed since.
  std::string state();

  ValidatorApiOptions options_;
  http::Metrics metrics_;
  http::StaticFiles pages_;
  http::StaticFiles vendor_;
  std::mutex watching_;
  Ledger watched_;
  http::Cache cache_;
  http::Router router_;
};

}  // namespace aml::validator
