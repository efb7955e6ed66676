#include "commands/refusal_teller.h"

#include <CLI/CLI.hpp>
#include <chrono>
#include <string>
#include <utility>

#include "base/error.h"
#include "base/http_address.h"
#include "service/webhook_settings.h"

namespace aml::commands {

void declare_webhook_options(CLI::App& app, service::WebhookRules& rules) {
  app.add_option("--webhook-url", rules.url,
                 "Address that is told where the chain refuses the weights")
      ->check(CLI::Validator(refuse_http_address, ""))
      ->option_text("URL")
      ->envname("AML_WEBHOOK_URL");
  app.add_option("--webhook-secret-file", rules.secret_file,
                 "File whose first line signs what it is told")
      ->option_text("FILE")
      ->envname("AML_WEBHOOK_SECRET_FILE");
}

RefusalTeller::RefusalTeller(const service::WebhookRules& rules, std::string network,
                             validator::Ledger& ledger)
    : network_(std::move(network)), ledger_(ledger) {
  // What cannot be used is said now, and not once it is needed.
  if (const std::string why = refuse_http_address(rules.url); !rules.url.empty() && !why.empty()) {
    throw Error(ErrorKind::usage, "--webhook-url " + why);
  }
  if (!rules.secret_file.empty()) service::webhook_secret(rules.secret_file);
  webhooks_.configure(rules);
}

void RefusalTeller::look() {
  const auto records = ledger_.weights();
  if (records.empty() || records.front().state != validator::Sending::refused) return;
  const validator::WeightsRecord& newest = records.front();
  const std::string name = newest.date + "/" + validator::stage_name(newest.stage);
  if (std::exchange(told_, name) == name) return;
  webhooks_.tell({"weights.refused", network_, newest.date, newest.message});
}

void RefusalTeller::finish() { webhooks_.finish(std::chrono::seconds(30)); }

}  // namespace aml::commands
