#pragma once

#include <string>

#include "service/webhooks.h"
#include "validator/ledger.h"

namespace CLI {
class App;
}

namespace aml::commands {

// --webhook-url and --webhook-secret-file.
void declare_webhook_options(CLI::App& app, service::WebhookRules& rules);

// Tells by a webhook, once for each day and stage, that the chain refuses a validator's weights;
// they are sent again and again meanwhile.
class RefusalTeller {
 public:
  RefusalTeller(const service::WebhookRules& rules, std::string network, validator::Ledger& ledger);
  // To be called after each look at what there is to do.
  void look();
  // Waits until all is told or given up, half a minute at most.
  void finish();

 private:
  const std::string network_;
  validator::Ledger& ledger_;
  service::Webhooks webhooks_;
  std::string told_;  // the last weights that were
};

}  // namespace aml::commands
