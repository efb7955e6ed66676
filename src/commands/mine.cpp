// aml-miner mine --api http://127.0.0.1:8000 --wallet NAME --hotkey NAME --netuid N --port 8091
//
// Answers validators' signed requests with the local API's scores until SIGINT or SIGTERM.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/http_address.h"
#include "base/log.h"
#include "base/threads.h"
#include "bittensor/chain_names.h"
#include "bittensor/ip_address.h"
#include "bittensor/wallet.h"
#include "commands/chain_options.h"
#include "commands/command.h"
#include "commands/option_checks.h"
#include "commands/server_options.h"
#include "commands/shared_options.h"
#include "commands/wallet_options.h"
#include "http/server.h"
#include "miner/metagraph_watch.h"
#include "miner/miner.h"
#include "miner/posted_commitments.h"

namespace aml::commands {

namespace {

// Room for a signature of the scheme mldsa, which is then refused by name.
constexpr std::size_t kHeaderBytes = 32'768;

struct MineOptions {
  miner::MinerOptions miner;
  WalletOptions wallet;
  ChainSettings chain;
  miner::WatchOptions watch;
  ListenSettings listen{.host = "0.0.0.0", .port = 8091, .port_file = {}};
  LimitSettings limits{.limits = {.header_bytes = kHeaderBytes}};
  std::string external_ip;
  std::uint16_t external_port = 0;
  bool no_announce = false;
  miner::CommitmentOptions commitments;
  std::vector<std::string> receivers;  // of commitments, where no chain keeps them
  int threads = 0;
  int workers = 4;
  std::size_t queue = 256;
  std::size_t cache_mb = 512;
  int metagraph_seconds = 300;
  double api_timeout_s = 30;
};

void require_reachable(const std::string& ip) {
  using bittensor::Reach;
  const auto kind = bittensor::address_kind(ip);
  if (!kind) {
    throw Error(ErrorKind::usage,
                fmt::format("--external-ip must be an IP address, without a port or spaces (the "
                            "chain takes no names), not \"{}\"",
                            ip));
  }
  if (kind->reach == Reach::nobody || kind->reach == Reach::machine) {
    throw Error(
        ErrorKind::usage,
        fmt::format("--external-ip {}: this is {}, which no validator can reach", ip, kind->what));
  }
}

// Validators ask public addresses alone.
void warn_of_unasked(const bittensor::AxonAddress& address) {
  const auto kind = bittensor::address_kind(address.ip);
  if (kind->reach == bittensor::Reach::everybody) return;
  log::warning("validators do not ask this address: it is no public one",
               {{"ip", address.ip}, {"what", kind->what}});
}

// What the chain is to say about where we listen. An address that is named must be one that others
// can reach; the one we listen at is reached by whoever is there.
std::optional<bittensor::AxonAddress> announced(const MineOptions& options, std::uint16_t port) {
  if (options.no_announce || bittensor::is_read_only(options.chain.chain.chain)) {
    return std::nullopt;
  }
  bittensor::AxonAddress address{options.external_ip, options.external_port};
  if (address.port == 0) address.port = port;
  if (!address.ip.empty()) {
    address.ip = bittensor::canonical_address(address.ip);
    return address;
  }
  const auto kind = bittensor::address_kind(options.listen.host);
  if (!kind || kind->reach == bittensor::Reach::nobody) {
    throw Error(ErrorKind::usage,
                "say under which address validators reach this miner (--external-ip), or that the "
                "chain needs not be told (--no-announce)");
  }
  address.ip = bittensor::canonical_address(options.listen.host);
  return address;
}

std::unique_ptr<miner::MetagraphWatch> start_watch(MineOptions& options,
                                                   const bittensor::Keypair& hotkey) {
  ChainSettings& settings = options.chain;
  if (settings.chain.chain == "none") return nullptr;
  settings.chain.hotkey = hotkey.ss58();
  settings.chain.hotkey_file = options.wallet.file();
  options.watch.netuid = settings.netuid;
  options.watch.hotkey = hotkey.ss58();
  options.watch.interval = std::chrono::seconds(options.metagraph_seconds);
  return std::make_unique<miner::MetagraphWatch>(bittensor::open_chain(settings.chain),
                                                 options.watch);
}

// Who keeps the commitments: the chain, or validators in its place.
std::unique_ptr<bittensor::ChainClient> commitment_chain(const MineOptions& options,
                                                         const bittensor::Keypair& hotkey) {
  if (options.receivers.empty()) return bittensor::open_chain(options.chain.chain);
  miner::PostingOptions posting;
  posting.file = options.commitments.folder / "received.json";
  for (const std::string& receiver : options.receivers) {
    posting.receivers.push_back(miner::Receiver::parse(receiver));
  }
  return std::make_unique<miner::PostedCommitments>(hotkey, std::move(posting));
}

std::unique_ptr<miner::CommitmentKeeper> start_commitments(const MineOptions& options,
                                                           const bittensor::Keypair& hotkey,
                                                           const miner::MetagraphWatch* watch) {
  miner::CommitmentOptions commitments = options.commitments;
  commitments.netuid = options.chain.netuid;
  commitments.hotkey = hotkey.ss58();
  commitments.registered = [watch, own = commitments.hotkey] {
    const auto known = watch == nullptr ? nullptr : watch->known();
    const bittensor::Neuron* neuron = known ? known->find(own) : nullptr;
    return neuron == nullptr ? 0 : neuron->registered_at;
  };
  commitments.validators = [watch, own = commitments.hotkey]() -> std::optional<std::size_t> {
    const auto known = watch == nullptr ? nullptr : watch->known();
    if (!known) return std::nullopt;
    return known->validators_beside(own);
  };
  return std::make_unique<miner::CommitmentKeeper>(commitment_chain(options, hotkey),
                                                   options.miner.api, commitments);
}

void check_commitments(const MineOptions& options) {
  const std::string& chain = options.chain.chain.chain;
  const bool commits = !options.commitments.folder.empty();
  if (!options.receivers.empty()) {
    if (!commits) throw Error(ErrorKind::usage, "--commit-to needs --commit");
    if (options.receivers.size() > miner::kMostReceivers) {
      throw Error(ErrorKind::usage,
                  fmt::format("--commit-to names at most {} validators", miner::kMostReceivers));
    }
    for (const std::string& receiver : options.receivers) miner::Receiver::parse(receiver);
    return;
  }
  if (commits && (chain == "none" || bittensor::is_read_only(chain))) {
    throw Error(ErrorKind::usage,
                "--commit writes to the chain: it needs --chain adapter, or validators that take "
                "commitments (--commit-to)");
  }
}

void check(const MineOptions& options) {
  const std::string& chain = options.chain.chain.chain;
  check_commitments(options);
  if (chain != "none") bittensor::check_chain(options.chain.chain);
  if (chain == "none" && options.miner.policy.allowed.empty()) {
    throw Error(ErrorKind::usage,
                "without a chain nobody may ask: name hotkeys with --allow, or a --chain");
  }
  for (const std::string& hotkey : options.miner.policy.allowed) {
    if (!bittensor::ss58_decode(hotkey)) {
      throw Error(ErrorKind::usage, fmt::format("--allow {}: this is no ss58 address", hotkey));
    }
  }
  if (!options.external_ip.empty()) require_reachable(options.external_ip);
  if (chain != "none") announced(options, options.listen.port);
}

void mine(MineOptions& options) {
  ignore_hangups();
  check(options);
  const bittensor::Keypair hotkey = bittensor::load_hotkey(options.wallet.file());
  while (options.miner.api.url.ends_with('/')) options.miner.api.url.pop_back();
  options.miner.api.timeout = in_ms(options.api_timeout_s);
  log::hide_secret(options.miner.api.token);
  options.miner.api.cache_bytes = options.cache_mb * kBytesPerMb;
  options.miner.api.budget = std::make_shared<http::Budget>(options.miner.api.cache_bytes);
  http::ServerOptions server;
  server.host = options.listen.host;
  server.port = options.listen.port;
  server.threads = options.threads == 0 ? available_processors() : options.threads;
  server.builders = options.workers;
  options.limits.apply(server);
  server.budget = options.miner.api.budget.get();
  server.limits.waiting_requests = options.queue;
  const auto watch = start_watch(options, hotkey);
  // It asks the watch, so it goes before it.
  const auto commitments = options.commitments.folder.empty()
                               ? nullptr
                               : start_commitments(options, hotkey, watch.get());
  miner::Miner miner(hotkey, watch.get(), options.miner, commitments.get());
  http::run_server(server, miner, [&](std::uint16_t port) {
    const auto address = watch ? announced(options, port) : std::nullopt;
    if (address) {
      warn_of_unasked(*address);
      watch->announce(*address);
    }
    log::info("mining", {{"hotkey", hotkey.ss58()},
                         {"host", options.listen.host},
                         {"port", port},
                         {"api", options.miner.api.url},
                         {"chain", watch ? watch->source() : "none"}});
    options.listen.announce(port);
  });
  log::info("stopped");
}

void declare_service_options(CLI::App& app, MineOptions& options) {
  app.add_option("--api", options.miner.api.url,
                 "The API of `serve` (default: http://127.0.0.1:8000)")
      ->check(CLI::Validator(refuse_http_base, ""))
      ->option_text("URL")
      ->envname("AML_API");
  app.add_option("--api-token", options.miner.api.token,
                 "Bearer token of the API; better kept in the environment")
      ->option_text("TOKEN")
      ->envname("AML_API_TOKEN");
  app.add_option("--api-timeout", options.api_timeout_s,
                 "Seconds for one answer of the API (default: 30)")
      ->check(CLI::PositiveNumber)
      ->option_text("SECONDS")
      ->envname("AML_API_TIMEOUT");
  declare_listen_options(app, options.listen, "AML_MINER");
  declare_limit_options(app, options.limits);
  declare_threads(app, options.threads, "Threads that verify and send");
  app.add_option("--workers", options.workers, "Requests to the API at the same time (default: 4)")
      ->check(CLI::Range(1, 1024))
      ->option_text("N")
      ->envname("AML_MINER_WORKERS");
  app.add_option("--queue", options.queue, "Requests that may wait for the API (default: 256)")
      ->check(CLI::Range(1, 100'000))
      ->option_text("N")
      ->envname("AML_MINER_QUEUE");
  app.add_option("--cache-mb", options.cache_mb,
                 "Memory for the API's answers, kept and on their way (default: 512; at least 16)")
      ->check(CLI::Range(kLeastCacheMb, kMostCacheMb))
      ->option_text("MB")
      ->envname("AML_MINER_CACHE_MB");
  app.add_flag("--v10", options.miner.v10,
               "Answer validators of SDK 10 too, at /RiskScoreSynapse (default: no)")
      ->envname("AML_MINER_V10");
}

void declare_commit_options(CLI::App& app, MineOptions& options) {
  app.add_option("--commit", options.commitments.folder,
                 "Commit to each day's scores on the chain and give them after the deadline alone; "
                 "the folder keeps salts and bodies (default: none, scores are given as they come)")
      ->option_text("DIR")
      ->envname("AML_COMMIT");
  app.add_option_function<int>(
         "--commit-seconds",
         [&options](const int& seconds) {
           options.commitments.interval = std::chrono::seconds(seconds);
         },
         "Pause between two looks for what is to be committed (default: 15)")
      ->check(CLI::Range(1, 3600))
      ->option_text("SECONDS")
      ->envname("AML_COMMIT_SECONDS");
}

void declare_commit_receivers(CLI::App& app, MineOptions& options) {
  app.add_option("--commit-to", options.receivers,
                 "Where no chain keeps commitments: a validator that takes them "
                 "(validate --receive-commitments); may be repeated, up to 16 times")
      ->option_text("SS58@HOST:PORT")
      ->delimiter(',')
      ->envname("AML_COMMIT_TO");
}

void declare_policy_options(CLI::App& app, miner::AdmissionPolicy& policy) {
  app.add_option("--min-stake", policy.min_stake,
                 "Stake that a validator must have on the subnet to ask (default: 0)")
      ->check(CLI::Range(0.0, 1e15))
      ->option_text("ALPHA")
      ->envname("AML_MINER_MIN_STAKE");
  app.add_option("--allow", policy.allowed,
                 "Hotkey that may ask whatever the chain says; may be repeated")
      ->option_text("SS58")
      ->delimiter(',')
      ->envname("AML_MINER_ALLOW");
  app.add_option("--rate-limit", policy.per_minute, "Requests a minute of one hotkey (default: 60)")
      ->check(CLI::Range(1e-3, 1e9))
      ->option_text("N")
      ->envname("AML_MINER_RATE_LIMIT");
  app.add_option("--max-at-once", policy.at_once,
                 "Requests of one hotkey under way at the same time (default: 4)")
      ->check(CLI::Range(1, 10'000))
      ->option_text("N")
      ->envname("AML_MINER_MAX_AT_ONCE");
}

void declare_watch_options(CLI::App& app, MineOptions& options) {
  app.add_option("--external-ip", options.external_ip,
                 "Address to announce on the chain (default: --host, where that is one)")
      ->option_text("IP")
      ->envname("AML_EXTERNAL_IP");
  app.add_option("--external-port", options.external_port, "Port to announce (default: --port)")
      ->option_text("PORT")
      ->envname("AML_EXTERNAL_PORT");
  app.add_flag("--no-announce", options.no_announce, "Do not announce the address on the chain")
      ->envname("AML_NO_ANNOUNCE");
  app.add_option("--metagraph-seconds", options.metagraph_seconds,
                 "Pause between two looks at the metagraph (default: 300)")
      ->check(CLI::Range(1, 86'400))
      ->option_text("SECONDS")
      ->envname("AML_METAGRAPH_SECONDS");
  app.add_option("--metagraph-file", options.watch.file,
                 "Keeps the last known metagraph over restarts (default: nowhere)")
      ->option_text("FILE")
      ->envname("AML_METAGRAPH_FILE");
}

void declare_options(CLI::App& app, MineOptions& options) {
  options.miner.api.url = "http://127.0.0.1:8000";
  declare_service_options(app, options);
  declare_wallet_options(app, options.wallet);
  declare_chain_options(app, options.chain);
  declare_watch_options(app, options);
  declare_commit_options(app, options);
  declare_commit_receivers(app, options);
  declare_policy_options(app, options.miner.policy);
}

}  // namespace

void check_miner_words(const std::vector<std::string>& words, Look look) {
  MineOptions options;
  parse_words([&](CLI::App& app) { declare_options(app, options); }, words);
  check(options);
  if (look == Look::files) bittensor::load_hotkey(options.wallet.file());
}

Action declare_mine(CLI::App& app) {
  const auto options = std::make_shared<MineOptions>();
  declare_options(app, *options);
  return [options] { mine(*options); };
}

}  // namespace aml::commands
