#include "commands/store_options.h"

#include <CLI/CLI.hpp>
#include <chrono>

#include "commands/shared_options.h"

namespace aml::commands {

void declare_sot_options(CLI::App& app, SotOptions& options) {
  app.add_option("--sot", options.sot,
                 "Source of truth: s3://bucket/prefix or file:///folder "
                 "(default: s3://$S3_BUCKET/snapshots)")
      ->option_text("URL")
      ->envname("AML_SOT");
  app.add_option("--connections", options.connections, "Transfers at once (default: 8)")
      ->check(CLI::Range(1, 256))
      ->option_text("N")
      ->envname("AML_CONNECTIONS");
  app.add_option("--attempts", options.attempts,
                 "Tries of a request without progress, with growing pauses (default: 6)")
      ->check(CLI::Range(1, 100))
      ->option_text("N")
      ->envname("AML_ATTEMPTS");
  app.add_option("--stall-timeout", options.stall_seconds,
                 "Seconds without a byte after which a transfer is tried again (default: 15)")
      ->check(CLI::Range(1.0, 3600.0))
      ->option_text("SECONDS")
      ->envname("AML_SOT_STALL_TIMEOUT");
  app.footer(
      app.get_footer() +
      "\n\nCredentials and endpoint come from the environment or .env: S3_ENDPOINT, S3_BUCKET, "
      "S3_REGION,\nS3_ACCESS_KEY, S3_SECRET_KEY, S3_SESSION_TOKEN, S3_ADDRESSING (path or "
      "virtual), "
      "S3_CA_FILE;\nthen the AWS_* names, then the shared credentials file. None at all: "
      "anonymous.");
}

std::vector<std::string> s3_setting_names() {
  return {"S3_ENDPOINT",   "S3_BUCKET",        "S3_REGION",     "S3_ACCESS_KEY",
          "S3_SECRET_KEY", "S3_SESSION_TOKEN", "S3_ADDRESSING", "S3_CA_FILE"};
}

std::unique_ptr<sot::ObjectStore> open_sot(const SotOptions& options) {
  return open_sot(options, options.sot);
}

std::unique_ptr<sot::ObjectStore> open_sot(const SotOptions& options, const std::string& address) {
  sot::StoreOptions store;
  store.connections = options.connections;
  store.retry.attempts = options.attempts;
  store.stall_timeout = in_ms(options.stall_seconds);
  return sot::open_store(address, store);
}

}  // namespace aml::commands
