// aml-miner ask --miner HOST:PORT --hotkey SS58 --date latest
//
// Asks a miner for scores as a validator does, verifies the answer's envelope and shows it.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <array>
#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "base/environment.h"
#include "base/error.h"
#include "base/files.h"
#include "base/hex.h"
#include "base/http_client.h"
#include "bittensor/miner_client.h"
#include "bittensor/v10_client.h"
#include "bittensor/wallet.h"
#include "commands/command.h"
#include "commands/shared_options.h"
#include "commands/wallet_options.h"

namespace aml::commands {

using Json = nlohmann::ordered_json;

namespace {

constexpr std::size_t kChallengeBytes = 16;

struct AskOptions {
  std::string miner;
  std::string hotkey;
  std::string date = "latest";
  std::string kind = "alert_scores";
  std::string snapshot_sha256;
  std::string challenge;
  std::string output;
  std::string evidence;
  WalletOptions wallet;
  double deadline_s = 60;
  std::uint64_t max_mb = 256;
  bool v10 = false;
};

// HOST:PORT, or [HOST]:PORT for IPv6.
bittensor::MinerAddress parse_address(const std::string& text, const std::string& hotkey) {
  const auto address = host_and_port_of(text);
  if (!address || address->port == 0) {
    throw Error(ErrorKind::usage, fmt::format("--miner must be HOST:PORT, not \"{}\"", text));
  }
  if (!bittensor::ss58_decode(hotkey)) {
    throw Error(ErrorKind::usage, "--hotkey must be the miner's ss58 address");
  }
  return {address->host, address->port, hotkey};
}

bittensor::Question question(const AskOptions& options) {
  const auto kind = bittensor::parse_kind(options.kind);
  if (!kind) {
    throw Error(ErrorKind::usage, "--kind must be alert_scores, alert_rankings or cluster_scores");
  }
  bittensor::ScoresRequest request{
      options.date, *kind, options.snapshot_sha256,
      options.challenge.empty() ? random_hex(kChallengeBytes) : options.challenge};
  bittensor::ScoresRequest::parse(request.to_json());  // says what is wrong
  return {parse_address(options.miner, options.hotkey), std::move(request)};
}

[[noreturn]] void fail(const bittensor::Reply& reply) {
  using bittensor::AskOutcome;
  ErrorKind kind = ErrorKind::unavailable;
  if (reply.outcome == AskOutcome::unproven || reply.outcome == AskOutcome::too_large) {
    kind = ErrorKind::bad_input;
  } else if (reply.outcome == AskOutcome::stopped) {
    kind = ErrorKind::interrupted;
  } else if (reply.status == 404) {
    kind = ErrorKind::not_found;
  } else if (reply.status == 401 || reply.status == 403) {
    kind = ErrorKind::denied;
  } else if (reply.status == 400 || reply.status == 409) {
    kind = ErrorKind::usage;
  }
  throw Error(kind, fmt::format("{}: {}{}{}", bittensor::outcome_name(reply.outcome), reply.reason,
                                reply.detail.empty() ? "" : "; it says: ", reply.detail));
}

void ask(const AskOptions& options) {
  const bittensor::Question asked = question(options);
  const bittensor::Keypair sender = bittensor::load_hotkey(options.wallet.file());
  bittensor::AskLimits limits;
  limits.deadline = in_ms(options.deadline_s);
  limits.body_bytes = options.max_mb * kBytesPerMb;
  // Both are opened before anyone is asked; the body gets its name once the envelope proved it.
  std::optional<OutputFile> body;
  std::optional<OutputFile> evidence;
  if (!options.output.empty()) body.emplace(options.output);
  if (!options.evidence.empty()) evidence.emplace(options.evidence);
  const bittensor::BodySink sink = [&](std::string_view bytes) {
    if (body) body->write(bytes);
    return true;
  };
  const bittensor::Reply reply = options.v10 ? bittensor::ask_v10(sender, asked, limits, sink)
                                             : bittensor::ask(sender, asked, limits, sink);
  if (reply.outcome != bittensor::AskOutcome::answered) fail(reply);
  if (body) body->publish();
  const Json envelope = Json::parse(reply.envelope->to_json());
  if (evidence) {
    const Json proof{{"request_payload", reply.request_payload},
                     {"request_body", reply.request_body},
                     {"envelope", envelope}};
    evidence->write(proof.dump(2) + "\n");
    evidence->publish();
  }
  const Json shown{{"outcome", bittensor::outcome_name(reply.outcome)},
                   {"body_bytes", reply.body_bytes},
                   {"wire_bytes", reply.wire_bytes},
                   {"seconds", reply.seconds},
                   {"envelope", envelope}};
  print(shown.dump(2) + "\n");
}

}  // namespace

Action declare_ask(CLI::App& app) {
  const auto options = std::make_shared<AskOptions>();
  app.add_option("--miner", options->miner, "Where the miner listens")
      ->required()
      ->option_text("HOST:PORT")
      ->envname("AML_ASK_MINER");
  app.add_option("--hotkey", options->hotkey, "The miner's hotkey")
      ->required()
      ->option_text("SS58")
      ->envname("AML_ASK_HOTKEY");
  const auto* const date =
      app.add_option("--date", options->date, "Processing date, or latest (default: latest)")
          ->option_text("YYYY-MM-DD")
          ->envname("AML_DATE");
  app.add_option("--kind", options->kind,
                 "alert_scores, alert_rankings or cluster_scores (default: alert_scores)")
      ->option_text("KIND")
      ->envname("AML_ASK_KIND");
  app.add_option("--snapshot-sha256", options->snapshot_sha256,
                 "Snapshot that the scores must have been made from (default: any)")
      ->option_text("HEX")
      ->envname("AML_ASK_SNAPSHOT");
  app.add_option("--challenge", options->challenge, "Text to be signed too (default: random)")
      ->option_text("TEXT")
      ->envname("AML_ASK_CHALLENGE");
  app.add_option("--output", options->output, "Write the scores into this file")
      ->option_text("FILE")
      ->envname("AML_ASK_OUTPUT");
  app.add_option("--evidence", options->evidence,
                 "Write request and envelope, which prove the answer, into this file")
      ->option_text("FILE")
      ->envname("AML_ASK_EVIDENCE");
  app.add_option("--deadline", options->deadline_s, "Seconds for the whole answer (default: 60)")
      ->check(CLI::PositiveNumber)
      ->option_text("SECONDS")
      ->envname("AML_ASK_DEADLINE");
  app.add_option("--max-mb", options->max_mb, "Largest body that is taken (default: 256)")
      ->check(CLI::PositiveNumber)
      ->option_text("MB")
      ->envname("AML_ASK_MAX_MB");
  app.add_flag("--v10", options->v10, "Speak the protocol of SDK 10 (default: btauth/1)")
      ->envname("AML_ASK_V10");
  declare_wallet_options(app, options->wallet, "--my-hotkey");
  return [options, date] {
    // Its name before it was that of the other commands' --date.
    if (date->count() == 0) {
      options->date = environment("AML_PROCESSING_DATE").value_or(options->date);
    }
    ask(*options);
  };
}

}  // namespace aml::commands
