#include "bittensor/adapter_chain.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <nlohmann/json.hpp>
#include <thread>
#include <utility>

#include "base/error.h"
#include "base/file_system.h"
#include "base/files.h"
#include "base/hex.h"
#include "base/text_member.h"
#include "base/threads.h"
#include "bittensor/metagraph_json.h"

extern char** environ;

namespace aml::bittensor {

using Json = nlohmann::ordered_json;
using Clock = std::chrono::steady_clock;

namespace {

constexpr int kPollMs = 100;
constexpr std::size_t kLongestReply = 64u << 20;
constexpr std::chrono::milliseconds kGrace{2'000};  // to end by itself once its input is closed

Error unavailable(const std::string& what) { return {ErrorKind::unavailable, what}; }
Error nonsense() { return {ErrorKind::internal, "the chain adapter answers what it should not"}; }

// What the adapter could not do: the chain was not reached, or the SDK itself failed.
Error failure_of(const Json& reply) {
  const std::string why = reply["error"].get<std::string>();
  if (text_member(reply, "kind") == "sdk") {
    return {ErrorKind::internal, "Bittensor's SDK failed in the chain adapter: " + why};
  }
  return unavailable("the chain cannot be reached: " + why);
}

ChainReceipt parse_receipt(const std::string& text) {
  const Json json = Json::parse(text, nullptr, false);
  try {
    ChainReceipt receipt;
    json.at("accepted").get_to(receipt.accepted);
    json.at("message").get_to(receipt.message);
    json.at("block").get_to(receipt.block);
    receipt.is_certain = json.value("certain", true);
    receipt.reveal_round = json.value("reveal_round", std::uint64_t{0});
    return receipt;
  } catch (const nlohmann::json::exception&) {
    throw nonsense();
  }
}

struct Pipe {
  Descriptor out;
  Descriptor in;
};

Pipe make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw system_error("cannot start the adapter", errno);
  return {Descriptor(ends[0]), Descriptor(ends[1])};
}

// Beside the program, where aml-miner-chain-setup puts it; the build has a link there to what
// scripts/bootstrap installs. The program names no folder of the machine that it was built on.
std::string installed_adapter() {
  return (program_folder() / "chain" / "bin" / "chain-adapter").string();
}

}  // namespace

AdapterChain::AdapterChain(ChainOptions options) : options_(std::move(options)) {
  if (options_.adapter_command.empty()) options_.adapter_command = installed_adapter();
  if (::access(options_.adapter_command.c_str(), X_OK) != 0) {
    throw Error(
        ErrorKind::usage,
        fmt::format("there is no chain adapter {}: scripts/bootstrap --chain installs it; "
                    "aml-miner-chain-setup does, where this program was installed; or choose "
                    "another --chain",
                    options_.adapter_command));
  }
}

AdapterChain::~AdapterChain() { end(); }

void AdapterChain::start() {
  Pipe input = make_pipe();
  Pipe output = make_pipe();
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, input.out.get(), STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, output.in.get(), STDOUT_FILENO);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  // A Ctrl-C is for us: the adapter ends when its input does.
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
  std::array<std::string, 5> words{options_.adapter_command, "--network", options_.network,
                                   "--hotkey-file", options_.hotkey_file.string()};
  std::array<char*, 6> arguments{};
  for (std::size_t i = 0; i < words.size(); ++i) arguments[i] = words[i].data();
  const int failure =
      ::posix_spawn(&process_, arguments[0], &actions, &attributes, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  to_ = std::move(input.in);
  from_ = std::move(output.out);
  if (failure != 0) {
    process_ = -1;
    end();
    throw system_error("cannot start " + options_.adapter_command, failure);
  }
  ::fcntl(to_.get(), F_SETFL, O_NONBLOCK);
  ::fcntl(from_.get(), F_SETFL, O_NONBLOCK);
}

void AdapterChain::end() {
  to_.close();
  from_.close();
  unread_.clear();
  if (process_ < 0) return;
  const auto patience = Clock::now() + kGrace;
  while (::waitpid(process_, nullptr, WNOHANG) == 0) {
    if (Clock::now() > patience) ::kill(process_, SIGKILL);
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  process_ = -1;
}

void AdapterChain::wait(const Descriptor& end, short events, Clock::time_point deadline) const {
  while (true) {
    if (interrupted_ || stop_requested()) throw Error(ErrorKind::interrupted, "interrupted");
    if (Clock::now() > deadline) throw unavailable("the chain adapter does not answer");
    pollfd waiting{end.get(), events, 0};
    if (::poll(&waiting, 1, kPollMs) > 0) return;
  }
}

void AdapterChain::send(const std::string& line) {
  const auto deadline = Clock::now() + options_.timeout;
  std::string_view left = line;
  while (!left.empty()) {
    wait(to_, POLLOUT, deadline);
    const ssize_t written = ::write(to_.get(), left.data(), left.size());
    if (written < 0 && errno != EINTR && errno != EAGAIN) {
      throw unavailable("the chain adapter has ended");
    }
    if (written > 0) left.remove_prefix(static_cast<std::size_t>(written));
  }
}

std::string AdapterChain::receive() {
  const auto deadline = Clock::now() + options_.timeout;
  std::vector<char> buffer(1u << 16);
  while (true) {
    const std::size_t end = unread_.find('\n');
    if (end != std::string::npos) {
      std::string line = unread_.substr(0, end);
      unread_.erase(0, end + 1);
      return line;
    }
    if (unread_.size() > kLongestReply) throw unavailable("the chain adapter answers too much");
    wait(from_, POLLIN, deadline);
    const ssize_t got = ::read(from_.get(), buffer.data(), buffer.size());
    if (got == 0) throw unavailable("the chain adapter has ended; its log says more");
    if (got < 0 && errno != EINTR && errno != EAGAIN) {
      throw system_error("cannot read from the chain adapter", errno);
    }
    if (got > 0) unread_.append(buffer.data(), static_cast<std::size_t>(got));
  }
}

std::string AdapterChain::ask(const std::string& request) {
  try {
    if (process_ < 0) start();
    send(request + "\n");
    const Json reply = Json::parse(receive(), nullptr, false);
    if (reply.is_object() && reply.contains("error") && reply["error"].is_string()) {
      throw failure_of(reply);
    }
    if (!reply.is_object() || !reply.contains("result")) throw nonsense();
    return reply["result"].dump();
  } catch (const Error&) {
    end();  // whatever it might still answer is no answer to the next request
    throw;
  }
}

std::uint64_t AdapterChain::block() {
  const Json json = Json::parse(ask(R"({"method":"block"})"), nullptr, false);
  if (!json.is_number_unsigned()) throw nonsense();
  return json.get<std::uint64_t>();
}

Metagraph AdapterChain::metagraph(std::uint16_t netuid) {
  const std::string text = ask(Json{{"method", "metagraph"}, {"netuid", netuid}}.dump());
  if (text == "null") {
    throw Error(ErrorKind::not_found,
                fmt::format("{} has no subnet {}: check --netuid", options_.network, netuid));
  }
  try {
    return parse_metagraph(text, "the chain adapter's metagraph");
  } catch (const Error& e) {
    throw Error(ErrorKind::internal, e.what());
  }
}

ChainReceipt AdapterChain::serve_axon(std::uint16_t netuid, const AxonAddress& address) {
  return parse_receipt(ask(
      Json{{"method", "serve_axon"}, {"netuid", netuid}, {"ip", address.ip}, {"port", address.port}}
          .dump()));
}

ChainReceipt AdapterChain::set_weights(std::uint16_t netuid, const Weights& weights) {
  return parse_receipt(ask(Json{
      {"method", "set_weights"},
      {"netuid", netuid},
      {"uids", weights.uids},
      {"weights", weights.values},
      {"version_key",
       weights.version_key}}.dump()));
}

std::string AdapterChain::genesis_hash() {
  const Json json = Json::parse(ask(R"({"method":"genesis_hash"})"), nullptr, false);
  if (!json.is_string()) throw nonsense();
  return json.get<std::string>();
}

std::optional<BlockStamp> AdapterChain::first_block_at(std::int64_t time_ms) {
  const std::string text = ask(Json{{"method", "first_block_at"}, {"time_ms", time_ms}}.dump());
  if (text == "null") return std::nullopt;
  try {
    return parse_block_stamp(text);
  } catch (const Error&) {
    throw nonsense();
  }
}

CommitmentLogs AdapterChain::commitments(std::uint16_t netuid) {
  try {
    return parse_commitment_logs(ask(Json{{"method", "commitments"}, {"netuid", netuid}}.dump()));
  } catch (const Error& e) {
    if (e.kind() == ErrorKind::bad_input) throw nonsense();
    throw;
  }
}

ChainReceipt AdapterChain::commit(std::uint16_t netuid, const std::string& entry) {
  return parse_receipt(
      ask(Json{{"method", "commit"}, {"netuid", netuid}, {"entry", to_hex(std::string_view(entry))}}
              .dump()));
}

}  // namespace aml::bittensor
