// Chain, hotkey and the miner's port, as `doctor` sees them.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "base/error.h"
#include "base/http_client.h"
#include "bittensor/chain.h"
#include "bittensor/ip_address.h"
#include "bittensor/wallet.h"
#include "commands/chain_options.h"
#include "commands/doctor_checks.h"
#include "commands/wallet_options.h"
#include "service/option_words.h"
#include "service/resident_commands.h"

namespace aml::commands {

namespace {

using service::Configuration;

constexpr std::uint64_t kMostAnswerBytes = 4 << 20;
constexpr std::chrono::seconds kPatience{5};
constexpr std::chrono::milliseconds kChainPatience{60'000};
constexpr double kBlockSeconds = 12;
constexpr double kHour = 3600;
constexpr double kDay = 24 * kHour;

// What the options of [mine] say, read as `mine` reads them.
struct MinerWords {
  WalletOptions wallet;
  ChainSettings chain;
};

MinerWords read_words(const std::vector<std::string>& words) {
  MinerWords read;
  CLI::App app;
  declare_wallet_options(app, read.wallet);
  declare_chain_options(app, read.chain);
  app.allow_extras();
  try {
    app.parse(std::vector<std::string>(words.rbegin(), words.rend()));
  } catch (const CLI::ParseError& e) {
    throw Error(ErrorKind::usage, e.what());
  }
  return read;
}

// The hotkey's address, where its file can be read.
std::optional<std::string> examine_hotkey_file(const MinerWords& words, DoctorReport& report) {
  const std::string file = words.wallet.file().string();
  try {
    const bittensor::Keypair hotkey = bittensor::load_hotkey(file);
    report.add({"hotkey", Finding::fine, file, "it is " + hotkey.ss58(), ""});
    return hotkey.ss58();
  } catch (const Error& e) {
    report.add({"hotkey", Finding::failing, file, e.what(),
                "set mine.wallet-path, mine.wallet and mine.hotkey"});
  }
  return std::nullopt;
}

void examine_registration(const bittensor::Metagraph& graph, const std::string& hotkey,
                          DoctorReport& report) {
  const bittensor::Neuron* own = graph.find(hotkey);
  const std::string tried = fmt::format("the hotkey on subnet {}", graph.netuid);
  if (own == nullptr) {
    report.add({"registered", Finding::failing, tried, "it is not registered: nobody asks it",
                fmt::format("btcli subnet register --netuid {}", graph.netuid)});
    return;
  }
  report.add({"registered", Finding::fine, tried,
              fmt::format("it has uid {}, a stake of {:g}, and {} validator permit, which a miner "
                          "does not need",
                          own->uid, own->stake, own->validator_permit ? "a" : "no"),
              ""});
  if (!own->validator_permit || own->last_update == 0) return;
  const std::uint64_t age = graph.block - std::min(graph.block, own->last_update);
  const bool is_old = graph.rules.activity_cutoff > 0 && age > graph.rules.activity_cutoff;
  report.add({"weights", is_old ? Finding::wanting : Finding::fine, tried,
              fmt::format("the chain took weights of it {:.1f} hours ago",
                          static_cast<double>(age) * kBlockSeconds / kHour),
              is_old ? "see the validator's log: it counts as inactive" : ""});
}

// Where validators are to find the miner, by its options; nothing where it must not be announced.
std::optional<bittensor::AxonAddress> wanted_address(const Configuration& configuration) {
  const auto& words = configuration.mine;
  if (service::has_flag(words, "no-announce")) return std::nullopt;
  const std::string host =
      service::option(words, "external-ip")
          .value_or(service::option(words, "host", "AML_MINER_HOST").value_or(""));
  const int port = std::atoi(service::option(words, "external-port").value_or("0").c_str());
  const auto kind = bittensor::address_kind(host);
  if (!kind || kind->reach == bittensor::Reach::nobody) return std::nullopt;
  return bittensor::AxonAddress{bittensor::canonical_address(host),
                                port != 0 ? static_cast<std::uint16_t>(port)
                                          : service::miner_port(configuration).value_or(0)};
}

void examine_row(const Configuration& configuration, const bittensor::Metagraph& graph,
                 const std::string& hotkey, DoctorReport& report) {
  const bittensor::Neuron* own = graph.find(hotkey);
  if (own == nullptr) return;
  DoctorCheck check{"row", Finding::unknown, "the address that the chain tells validators", "", ""};
  const std::string there =
      own->has_axon() ? host_and_port(own->host, own->port) : std::string("none");
  const auto wanted = wanted_address(configuration);
  if (!wanted) {
    check.means = there + "; mine.external-ip does not say which it should be";
    if (!own->has_axon()) {
      check.finding = Finding::failing;
      check.to_do = "set mine.external-ip, and let mine.no-announce be false";
    }
  } else if (own->host == wanted->ip && own->port == wanted->port) {
    check.finding = Finding::fine;
    check.means = there + ", as wanted";
  } else {
    check.finding = Finding::wanting;
    check.means =
        fmt::format("{}, but {} is wanted", there, host_and_port(wanted->ip, wanted->port));
    check.to_do = "start the miner: it announces the address once the chain's rate limit allows";
  }
  report.add(std::move(check));
}

void examine_commitments(const Configuration& configuration, bittensor::ChainClient& chain,
                         const bittensor::Metagraph& graph, const std::string& hotkey,
                         DoctorReport& report) {
  if (!service::option(configuration.mine, "commit")) return;
  DoctorCheck check{"commitments", Finding::wanting, "the hotkey's commitments on the chain", "",
                    "see what the miner logs of commitments; without one a day is not paid"};
  try {
    const bittensor::CommitmentLogs logs = chain.commitments(graph.netuid);
    const auto own = logs.find(hotkey);
    if (own == logs.end() || own->second.empty()) {
      check.finding = Finding::unknown;
      check.means = "there is none yet";
      check.to_do = "ask again once a day was published";
    } else {
      const std::uint64_t block = own->second.back().block;
      const double age =
          static_cast<double>(graph.block - std::min(graph.block, block)) * kBlockSeconds;
      check.means =
          fmt::format("the last was taken at block {}, {:.1f} hours ago", block, age / kHour);
      if (age <= 2 * kDay) {
        check.finding = Finding::fine;
        check.to_do.clear();
      }
    }
  } catch (const Error& e) {
    check.finding = Finding::failing;
    check.means = e.what();
  }
  report.add(std::move(check));
}

void examine_chain(const Configuration& configuration, MinerWords words,
                   const std::optional<std::string>& hotkey, DoctorReport& report) {
  bittensor::ChainOptions& options = words.chain.chain;
  if (options.chain == "none") {
    report.add({"chain", Finding::unknown, "none", "only hotkeys of mine.allow may ask", ""});
    return;
  }
  options.hotkey = hotkey.value_or("");
  options.hotkey_file = words.wallet.file();
  options.timeout = kChainPatience;
  std::string tried = options.chain;
  try {
    const auto chain = bittensor::open_chain(options);
    if (options.chain == "adapter") {
      report.add({"adapter", Finding::fine, "the chain adapter", "it is installed", ""});
    }
    tried = chain->description();
    const bittensor::Metagraph graph = chain->metagraph(words.chain.netuid);
    report.add(
        {"chain", Finding::fine, tried, fmt::format("it answers, at block {}", graph.block), ""});
    if (!hotkey) return;
    examine_registration(graph, *hotkey, report);
    examine_row(configuration, graph, *hotkey, report);
    examine_commitments(configuration, *chain, graph, *hotkey, report);
  } catch (const Error& e) {
    const bool is_missing = e.kind() == ErrorKind::usage && options.chain == "adapter";
    report.add({is_missing ? "adapter" : "chain", Finding::failing, tried, e.what(),
                is_missing ? "run aml-miner-chain-setup, or scripts/bootstrap --chain"
                           : "set mine.chain, mine.chain-network and mine.netuid"});
  }
}

// Whether validators reach the port, which only they can say.
void examine_port(const Configuration& configuration, DoctorReport& report) {
  DoctorCheck check{"port", Finding::unknown, "/v1/info of the miner of this configuration", "",
                    ""};
  const std::string ask_again = "open the port to everybody, and ask again after a day";
  try {
    HttpClient client;
    HttpRequest request(kMostAnswerBytes, kPatience);
    request.url = service::miner_url(configuration) + "/v1/info";
    check.tried = request.url;
    const auto json = nlohmann::json::parse(client.send(request).body, nullptr, false);
    const auto asked = json.is_object() ? json.find("validator_seconds_ago") : json.end();
    if (!json.is_object() || asked == json.end() || !asked->is_number()) {
      check.means =
          "no validator has asked since the miner started; from here nobody can see "
          "whether one could";
      check.to_do = ask_again;
    } else if (const double age = asked->get<double>(); age > kDay) {
      check.means = fmt::format("a validator asked last {:.0f} hours ago", age / kHour);
      check.to_do = ask_again;
    } else {
      check.finding = Finding::fine;
      check.means = fmt::format("a validator asked {:.1f} hours ago", age / kHour);
    }
  } catch (const Error& e) {
    check.means = "nobody answers there: " + std::string(e.what());
    check.to_do = "start `aml-miner run`, or ask again while it runs";
  }
  report.add(std::move(check));
}

}  // namespace

void examine_miner(const Configuration& configuration, DoctorReport& report) {
  if (!configuration.mines) return;
  try {
    const MinerWords words = read_words(configuration.mine);
    const auto hotkey = examine_hotkey_file(words, report);
    examine_chain(configuration, words, hotkey, report);
  } catch (const Error& e) {
    report.add({"miner", Finding::failing, "the settings of [mine]", e.what(), "mend them"});
  }
  examine_port(configuration, report);
}

}  // namespace aml::commands
