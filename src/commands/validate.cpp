// aml-miner validate --network bitcoin --sot s3://bucket/snapshots --data-dir ./validator
//                    --wallet NAME --hotkey NAME --netuid N --port 9000
//
// Asks every miner for a day's scores, judges them, makes the ensemble and sets weights; shows
// it over HTTP, the ensemble to whom --ensemble-tokens names. Once, for one day, or as a daemon
// until SIGINT or SIGTERM.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/error.h"
#include "base/file_lock.h"
#include "base/file_system.h"
#include "base/log.h"
#include "base/parse_number.h"
#include "base/threads.h"
#include "bittensor/chain_names.h"
#include "bittensor/wallet.h"
#include "commands/chain_options.h"
#include "commands/command.h"
#include "commands/command_end.h"
#include "commands/receiving.h"
#include "commands/refusal_teller.h"
#include "commands/rounds.h"
#include "commands/server_options.h"
#include "commands/shared_options.h"
#include "commands/store_options.h"
#include "commands/wallet_options.h"
#include "http/budget.h"
#include "http/server.h"
#include "http/static_files.h"
#include "http/tokens.h"
#include "models/model_file.h"
#include "scoring/scoring.h"
#include "sot/download.h"
#include "sot/object_store.h"
#include "sot/store_address.h"
#include "validator/api.h"
#include "validator/archive.h"
#include "validator/look.h"
#include "validator/snapshot_days.h"
#include "validator/validator.h"

namespace aml::commands {

namespace {

struct ValidateOptions {
  validator::ValidatorOptions validator;
  SotOptions sot;
  WalletOptions wallet;
  ChainSettings chain;
  std::string models_dir;
  std::string date;
  bool once = false;
  bool receives_commitments = false;
  bool no_weights = false;
  bool allow_private_miners = false;
  std::string burn_uid;  // empty: the owner, where the chain knows one
  double deadline_s = 60;
  int ask_window_s = 1800;
  int ask_pause_s = 60;
  int poll_s = 60;
  int reference_minutes = 30;
  std::uint64_t max_mb = 256;
  ListenSettings listen{.host = "127.0.0.1", .port = 9000, .port_file = {}};
  LimitSettings limits;
  std::size_t cache_mb = 64;
  std::string ensemble_tokens;
  std::string web_root;
  service::WebhookRules webhooks;
};

constexpr const char* kEveryone = "everyone";

// Null: everyone. Whoever learns from ensembles what the miners know together is paid for it like
// two of them (docs/validation.md), so nobody reads them who was not named.
std::shared_ptr<http::Access> readers_of_ensembles(const ValidateOptions& options) {
  if (options.ensemble_tokens == kEveryone) {
    if (!is_loopback(options.listen.host)) {
      log::warning(
          "whoever reaches this machine may read the ensembles, and learn what the miners know, by "
          "--ensemble-tokens everyone",
          {{"host", options.listen.host}});
    }
    return nullptr;
  }
  if (options.ensemble_tokens.empty()) {
    log::info("the ensembles are shown to nobody: --ensemble-tokens names who may read them");
    return std::make_shared<http::Access>(http::Tokens::of_nobody());
  }
  return std::make_shared<http::Access>(http::Tokens::read(options.ensemble_tokens));
}

void serve_and_validate(const ValidateOptions& options, validator::Validator& validator,
                        RefusalTeller& refusals, validator::CommitmentDesk* commitments) {
  http::Budget budget(options.cache_mb * kBytesPerMb);
  const auto readers = readers_of_ensembles(options);
  validator::ValidatorApi api({.data_dir = options.validator.data_dir,
                               .web = http::web_folder(options.web_root),
                               .budget = &budget,
                               .commitments = commitments,
                               .ensemble_readers = readers});
  http::ServerOptions server{
      .host = options.listen.host, .port = options.listen.port, .threads = 1, .builders = 2};
  options.limits.apply(server);
  server.budget = &budget;
  server.metrics = &api.metrics();
  if (readers && !options.ensemble_tokens.empty()) {
    server.reload = http::rereading(readers, options.ensemble_tokens);
  }
  std::atomic<bool> is_looking{false};
  std::jthread looking;
  http::run_server(server, api, [&](std::uint16_t port) {
    log::info("validating", {{"host", options.listen.host}, {"port", port}});
    options.listen.announce(port);
    // A round costs hours of others: it begins where its results can be shown.
    is_looking = true;
    looking = start_thread([&](const std::stop_token& stop) {
      keep_looking(validator, refusals, std::chrono::seconds(options.poll_s), stop);
      is_looking = false;
    });
  });
  // While the server ran, signals were its own; now the round under way is to stop as well.
  looking.request_stop();
  install_signal_handlers();
  std::raise(SIGTERM);
  wait_for_end(is_looking, server.stop_timeout);
}

// A body is needed for as long as its round may be judged, or compared with a later one.
void require_long_enough(const validator::ValidatorOptions& settings) {
  const int least = std::max(settings.truth_days, settings.keep_snapshots);
  if (settings.keep_bodies == 0 || settings.keep_bodies >= least) return;
  throw Error(
      ErrorKind::usage,
      fmt::format("--keep-bodies {} is too few: answers are judged for {} days (0: for ever)",
                  settings.keep_bodies, least));
}

// What follows from the options about the chain and the miners on it.
void set_chain_options(ValidateOptions& options) {
  validator::ValidatorOptions& settings = options.validator;
  const std::string& chain = options.chain.chain.chain;
  settings.set_weights = !options.no_weights;
  settings.demands_commitments |= options.receives_commitments;
  if (settings.set_weights && bittensor::is_read_only(chain)) {
    throw Error(
        ErrorKind::usage,
        "--chain rpc only reads the chain, so weights cannot be set: use --chain adapter, or "
        "--no-weights");
  }
  settings.burns = options.burn_uid != "none";
  settings.must_burn = settings.burns && !options.burn_uid.empty();
  if (settings.must_burn && options.burn_uid != "owner") {
    settings.burn_uid = parse_number<std::uint16_t>(options.burn_uid);
    if (!settings.burn_uid) {
      throw Error(ErrorKind::usage, "--burn-uid must be owner, none or a UID");
    }
  }
  using bittensor::Places;
  settings.places = options.allow_private_miners ? Places::private_too : Places::global;
  // Nobody can register on a chain in a file but who may write it: whose keys lie beside ours is
  // us.
  if (chain.starts_with("fixture:")) {
    const auto own = bittensor::hotkeys_below(options.wallet.root);
    settings.own_hotkeys = {own.begin(), own.end()};
  }
}

void validate(ValidateOptions& options) {
  ignore_hangups();
  validator::ValidatorOptions& settings = options.validator;
  require_long_enough(settings);
  bittensor::check_chain(options.chain.chain);
  sot::check_store_address(sot::sot_address(options.sot.sot));
  const bittensor::Keypair hotkey = bittensor::load_hotkey(options.wallet.file());
  make_folders(settings.data_dir);
  const auto lock = FileLock::try_acquire(settings.data_dir / ".lock");
  if (!lock) {
    throw Error(ErrorKind::unavailable,
                fmt::format("another validator is at work in {}", settings.data_dir.string()));
  }
  set_chain_options(options);
  options.chain.chain.hotkey = hotkey.ss58();
  options.chain.chain.hotkey_file = options.wallet.file();
  const auto chain = bittensor::open_chain(options.chain.chain);
  const auto store = open_sot(options.sot);
  const auto labels = open_sot(options.sot, sot::labels_address(options.sot.sot));
  settings.netuid = options.chain.netuid;
  settings.models_dir = models::find_models_dir(options.models_dir);
  settings.limits.deadline = in_ms(options.deadline_s);
  settings.limits.body_bytes = options.max_mb * kBytesPerMb;
  settings.connections = options.sot.connections;
  settings.ask_window = std::chrono::seconds(options.ask_window_s);
  settings.reference_time = std::chrono::minutes(options.reference_minutes);
  settings.ask_pause = std::chrono::seconds(options.ask_pause_s);
  if (settings.threads == 0) settings.threads = available_processors();
  for (const auto& directory : settings.reference_dirs) {
    models::find_model(directory, models::kAlertScorer);  // a wrong folder is said at once
  }
  validator::SnapshotDays days(settings, *store, labels.get());
  validator::NetworkAsker asker;
  validator::SystemClock clock;
  validator::FolderArchive archive(settings.data_dir);
  validator::Ledger ledger(settings.data_dir, validator::SqlDatabase::Mode::read_write);
  if (settings.demands_commitments) require_same_clock(ledger, options.receives_commitments);
  std::optional<Receiving> receiving;
  if (options.receives_commitments) {
    receiving.emplace(settings.data_dir, options.chain, hotkey.ss58(), *chain, clock);
  }
  bittensor::ChainClient& seen = receiving ? receiving->chain : *chain;
  validator::Validator validator(settings, {days, asker, seen, clock, archive, ledger}, hotkey,
                                 validator::load_secret(settings.data_dir / "secret"));
  RefusalTeller refusals(options.webhooks, settings.network, ledger);
  validator.look_at_chain();
  if (options.once || !options.date.empty()) {
    std::optional<Date> only;
    if (!options.date.empty()) only = Date::require(options.date, "--date");
    const auto error = validator::look(validator, only);
    refusals.look();
    refusals.finish();
    if (error) throw *error;
    const auto unsent = options.once ? validator.unsent_weights() : std::nullopt;
    if (unsent) throw CommandEnd(EndCode::unsettled, *unsent);
  } else {
    serve_and_validate(options, validator, refusals, receiving ? &receiving->desk : nullptr);
  }
  log::info("stopped");
}

void declare_round_options(CLI::App& app, ValidateOptions& options) {
  app.add_flag("--once", options.once, "Do what there is to do, then end; without the API");
  app.add_option("--date", options.date, "The round of that day alone, then end; without the API")
      ->option_text("DATE")
      ->envname("AML_VALIDATE_DATE");
  app.add_option("--deadline", options.deadline_s, "Seconds a miner has to answer (default: 60)")
      ->check(CLI::Range(0.1, 3600.0))
      ->option_text("SECONDS")
      ->envname("AML_DEADLINE");
  app.add_option("--ask-window", options.ask_window_s,
                 "Seconds in which miners that have nothing yet are asked again (default: 1800)")
      ->check(CLI::Range(0, 86'400))
      ->option_text("SECONDS")
      ->envname("AML_ASK_WINDOW");
  app.add_option("--ask-pause", options.ask_pause_s, "Seconds between two tries (default: 60)")
      ->check(CLI::Range(1, 86'400))
      ->option_text("SECONDS")
      ->envname("AML_ASK_PAUSE");
  app.add_option("--asked-twice", options.validator.asked_twice,
                 "Miners of a round that are asked a second time, drawn at random (default: 3)")
      ->check(CLI::Range(0, 65'536))
      ->option_text("N")
      ->envname("AML_ASKED_TWICE");
  app.add_option("--max-mb", options.max_mb, "Largest answer, unpacked (default: 256)")
      ->check(CLI::Range(1, 65'536))
      ->option_text("MB")
      ->envname("AML_MAX_MB");
  app.add_option("--poll", options.poll_s,
                 "Seconds between two looks for new days and truth (default: 60)")
      ->check(CLI::Range(1, 86'400))
      ->option_text("SECONDS")
      ->envname("AML_POLL");
  app.add_flag("--demand-commitments", options.validator.demands_commitments,
               "Ask after each day's deadline, and pay only answers that were committed on the "
               "chain before it (default: no)")
      ->envname("AML_DEMAND_COMMITMENTS");
  app.add_flag("--receive-commitments", options.receives_commitments,
               "The same where no chain keeps commitments: miners send them to "
               "/v1/commitments, and our own clock tells the deadline (default: no)")
      ->envname("AML_RECEIVE_COMMITMENTS");
  app.add_flag("--allow-private-miners", options.allow_private_miners,
               "Ask miners at private and loopback addresses too: for a subnet on one machine")
      ->envname("AML_ALLOW_PRIVATE_MINERS");
}

void declare_weight_options(CLI::App& app, ValidateOptions& options) {
  app.add_flag("--no-weights", options.no_weights, "Judge, but send no weights to the chain")
      ->envname("AML_NO_WEIGHTS");
  app.add_option(
         "--burn-uid", options.burn_uid,
         "Who gets the weight that nobody earned: the owner of the subnet, a UID, or none, and "
         "then no weights are sent (default: the owner, where the chain names one)")
      ->option_text("owner|UID|none")
      ->envname("AML_BURN_UID");
  app.add_option("--version-key", options.validator.version_key,
                 "Version key of the weights (default: 0)")
      ->option_text("N")
      ->envname("AML_VERSION_KEY");
}

void declare_data_options(CLI::App& app, ValidateOptions& options) {
  app.add_option("--network", options.validator.network, "Blockchain network, such as bitcoin")
      ->required()
      ->option_text("NAME")
      ->envname("AML_NETWORK");
  app.add_option("--days", options.validator.window_days,
                 "Length of the snapshots' window in days (default: 7)")
      ->check(CLI::Range(1, 36500))
      ->option_text("N")
      ->envname("AML_DAYS");
  app.add_option("--data-dir", options.validator.data_dir,
                 "Folder of the ledger, submissions and snapshots")
      ->required()
      ->option_text("DIR")
      ->envname("AML_VALIDATOR_DIR");
  declare_models_dir(app, options.models_dir,
                     "Folder of the stock models: the baseline (default: as for process)");
  app.add_option("--reference-models", options.validator.reference_dirs,
                 "Folder of further models that anyone has; may be repeated")
      ->option_text("DIR")
      ->envname("AML_REFERENCE_MODELS");
  app.add_option(
         "--reference-days", options.validator.reference_days,
         "Train the stock recipe on the newest day whose truth is published, the newest two, "
         "three, ten, and so many at most, as anyone can; 0: not at all (default: 10)")
      ->check(CLI::Range(0, 365))
      ->option_text("N")
      ->envname("AML_REFERENCE_DAYS");
  app.add_option("--reference-minutes", options.reference_minutes,
                 "Minutes that training them takes at most for a day's round; what is not done "
                 "then is left out (default: 30)")
      ->check(CLI::Range(0, 1440))
      ->option_text("N")
      ->envname("AML_REFERENCE_MINUTES");
  app.add_option("--truth-days", options.validator.truth_days,
                 "Rounds so many days old are still judged by the truth (default: 45)")
      ->check(CLI::Range(0, 36500))
      ->option_text("N")
      ->envname("AML_TRUTH_DAYS");
  app.add_option(
         "--keep-bodies", options.validator.keep_bodies,
         "Days for which the bodies of miners' answers are kept; 0: for ever (default: 365)")
      ->check(CLI::Range(0, 36500))
      ->option_text("N")
      ->envname("AML_KEEP_BODIES");
  declare_threads(app, options.validator.threads);
  declare_memory_limit(app, options.validator.memory_limit, "Memory for the feature SQL");
  declare_max_rows(app, options.validator.max_rows);
}

void declare_api_options(CLI::App& app, ValidateOptions& options) {
  declare_listen_options(app, options.listen, "AML_VALIDATOR");
  // --stall-timeout is the SOT's here.
  declare_limit_options(app, options.limits,
                        {"--answer-stall-timeout", "AML_ANSWER_STALL_TIMEOUT"});
  app.add_option("--cache-mb", options.cache_mb,
                 "Memory for the API's answers (default: 64; at least 16)")
      ->check(CLI::Range(kLeastCacheMb, kMostCacheMb))
      ->option_text("MB")
      ->envname("AML_VALIDATOR_CACHE_MB");
  app.add_option(
         "--ensemble-tokens", options.ensemble_tokens,
         "File of the bearer tokens, one a line, of those who may read /ensemble/…, or everyone: "
         "whoever reads it can learn what the miners know (default: nobody may)")
      ->option_text("FILE|everyone")
      ->envname("AML_ENSEMBLE_TOKENS");
  declare_webhook_options(app, options.webhooks);
  app.add_option("--web-root", options.web_root, "Folder of the pages (default: as for serve)")
      ->option_text("DIR")
      ->envname("AML_WEB_ROOT");
}

}  // namespace

Action declare_validate(CLI::App& app) {
  const auto options = std::make_shared<ValidateOptions>();
  options->validator.threads = 0;
  declare_data_options(app, *options);
  declare_round_options(app, *options);
  declare_weight_options(app, *options);
  declare_api_options(app, *options);
  declare_wallet_options(app, options->wallet);
  declare_chain_options(app, options->chain);
  declare_sot_options(app, options->sot);
  return [options] { validate(*options); };
}

}  // namespace aml::commands
