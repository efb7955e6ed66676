#include "bittensor/rpc_chain.h"

#include <arpa/inet.h>
#include <blake2.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <optional>
#include <unordered_map>
#include <utility>

#include "base/error.h"
#include "base/hex.h"
#include "base/json_text.h"
#include "bittensor/ss58.h"

namespace aml::bittensor {

using Json = nlohmann::ordered_json;

namespace {

// twox_128 (two xxh64 with seeds 0 and 1) of the pallet's and the items' names; each item's hashers
// beside it.
constexpr std::string_view kPallet = "658faa385070e074c85bf6b568cf0555";       // SubtensorModule
constexpr std::string_view kSubnetworkN = "a1048e9d244171852dfe8db314dc68ca";  // netuid as it is
constexpr std::string_view kKeys = "9f99a2ce711f3a31b2fc05604c93f179";  // netuid, uid as they are
constexpr std::string_view kValidatorPermit =
    "56af5b07ace59da2c9d7f0d48bc93143";                                       // netuid as it is
constexpr std::string_view kLastUpdate = "696e262a16e52255a69d8acd79354146";  // netuid as it is
constexpr std::string_view kTempo = "7641384bb339f3758acddfd7053d3317";       // netuid as it is
constexpr std::string_view kRateLimit =
    "2d919f5b3b970cd2c91638872d3aa64c";  // WeightsSetRateLimit: netuid as it is
constexpr std::string_view kRegistration =
    "5306000b65aa58c97bf98ad9f8619049";  // BlockAtRegistration: netuid, uid as they are
constexpr std::string_view kAxons =
    "b4e0c7b1d5f74994fcd58c28ab601fec";  // netuid as it is, blake2 of the hotkey
constexpr std::string_view kAlpha =
    "ee25c3b5b1886863480497907f1829e6";  // TotalHotkeyAlpha: blake2 of the hotkey, netuid
constexpr std::string_view kOwner = "eca6b7a1fdc9f689184ecb4f359c0518";  // blake2 of the hotkey

constexpr std::size_t kKeysAtOnce = 256;
constexpr std::size_t kMostNeurons = 4'096;
// The values of so many keys take a tenth of it.
constexpr std::uint64_t kMostAnswerBytes = 4 << 20;
constexpr int kDeepestAnswer = 16;
constexpr double kRaoPerAlpha = 1e9;

Error nonsense(const char* what) {
  return {ErrorKind::unavailable, fmt::format("the node's storage is not as expected: {}", what)};
}

std::string little_endian(std::uint16_t number) {
  const std::array<std::uint8_t, 2> bytes{static_cast<std::uint8_t>(number & 255),
                                          static_cast<std::uint8_t>(number >> 8)};
  return to_hex(bytes);
}

// blake2b-128 of the key, then the key itself: Substrate's Blake2_128Concat.
std::string blake2_concat(const PublicKey& key) {
  std::array<std::uint8_t, 16> digest{};
  blake2b(digest.data(), key.data(), nullptr, digest.size(), key.size(), 0);
  return to_hex(digest) + to_hex(key);
}

template <typename... Parts>
std::string storage_key(std::string_view item, const Parts&... parts) {
  std::string key = "0x";
  key += kPallet;
  key += item;
  ((key += parts), ...);
  return key;
}

// Reads SCALE from the front of bytes.
class Scale {
 public:
  explicit Scale(std::string_view bytes) : bytes_(bytes) {}

  std::uint64_t number(std::size_t size) {
    if (bytes_.size() < size) throw nonsense("a value is too short");
    std::uint64_t value = 0;
    for (std::size_t i = size; i-- > 0;) value = value << 8 | static_cast<std::uint8_t>(bytes_[i]);
    bytes_.remove_prefix(size);
    return value;
  }
  std::uint64_t compact() {
    if (bytes_.empty()) throw nonsense("a value is too short");
    switch (bytes_[0] & 3) {
      case 0:
        return number(1) >> 2;
      case 1:
        return number(2) >> 2;
      case 2:
        return number(4) >> 2;
      default:
        throw nonsense("a list is too long");
    }
  }
  PublicKey account() {
    PublicKey key{};
    if (bytes_.size() < key.size()) throw nonsense("an account is too short");
    std::copy_n(bytes_.begin(), key.size(), key.begin());
    bytes_.remove_prefix(key.size());
    return key;
  }
  std::vector<std::uint64_t> list(std::size_t item_size) {
    const std::uint64_t count = compact();
    if (count * item_size > bytes_.size()) throw nonsense("a list is too short");
    std::vector<std::uint64_t> items(count);
    for (std::uint64_t& item : items) item = number(item_size);
    return items;
  }

 private:
  std::string_view bytes_;
};

std::uint64_t number_or(const std::string& value, std::size_t size, std::uint64_t otherwise) {
  return value.empty() ? otherwise : Scale(value).number(size);
}

// AxonInfo: block u64, version u32, ip u128, port u16, ip_type u8, protocol u8, two placeholders.
void read_axon(const std::string& value, Neuron& neuron) {
  if (value.empty()) return;
  Scale axon(value);
  neuron.announced_at = axon.number(8);
  axon.number(4);
  const std::uint64_t low = axon.number(8);
  const std::uint64_t high = axon.number(8);
  const auto port = static_cast<std::uint16_t>(axon.number(2));
  const bool is_ipv6 = axon.number(1) == 6;
  if ((low == 0 && high == 0) || port == 0) return;
  std::array<std::uint8_t, 16> bytes{};
  for (std::size_t i = 0; i < 8; ++i) {
    bytes[i] = static_cast<std::uint8_t>(high >> (56 - 8 * i));
    bytes[8 + i] = static_cast<std::uint8_t>(low >> (56 - 8 * i));
  }
  std::array<char, INET6_ADDRSTRLEN> text{};
  ::inet_ntop(is_ipv6 ? AF_INET6 : AF_INET, is_ipv6 ? bytes.data() : bytes.data() + 12, text.data(),
              text.size());
  neuron.host = text.data();
  neuron.port = port;
}

}  // namespace

RpcChain::RpcChain(const std::string& urls, std::chrono::milliseconds timeout) : timeout_(timeout) {
  for (std::size_t begin = 0; begin <= urls.size();) {
    const std::size_t end = std::min(urls.find(',', begin), urls.size());
    urls_.push_back(urls.substr(begin, end - begin));
    begin = end + 1;
  }
}

// A node whose certificate has expired is one that does not answer: the next day it may.
HttpResponse RpcChain::send(const HttpRequest& request) {
  try {
    return client_.send(request);
  } catch (const Error& e) {
    if (e.kind() != ErrorKind::denied) throw;
    throw Error(ErrorKind::unavailable, e.what());
  }
}

std::string RpcChain::call(std::string_view method, const std::string& parameters) {
  for (std::size_t i = 0; i + 1 < urls_.size(); ++i) {
    try {
      return call_at(urls_[i], method, parameters);
    } catch (const Error& e) {
      if (e.kind() != ErrorKind::unavailable) throw;
    }
  }
  return call_at(urls_.back(), method, parameters);
}

std::string RpcChain::call_at(const std::string& url, std::string_view method,
                              const std::string& parameters) {
  const std::string body =
      fmt::format(R"({{"jsonrpc":"2.0","id":1,"method":"{}","params":{}}})", method, parameters);
  HttpRequest request(kMostAnswerBytes, timeout_);
  request.method = "POST";
  request.url = url;
  request.headers = {{"Content-Type", "application/json"}};
  request.body = body;
  const HttpResponse response = send(request);
  if (nests_deeper(response.body, kDeepestAnswer)) throw nonsense("its answer is nested too deep");
  const Json json = Json::parse(response.body, nullptr, false);
  if (response.status != 200 || !json.is_object() || !json.contains("result")) {
    const bool told = json.is_object() && json.contains("error");
    throw Error(ErrorKind::unavailable,
                fmt::format("the node refuses {} (status {}): {}", method, response.status,
                            told ? json["error"].dump().substr(0, 200) : "no reason given"));
  }
  return json["result"].dump();
}

std::uint64_t RpcChain::block() {
  const Json header = Json::parse(call("chain_getHeader", "[]"), nullptr, false);
  if (!header.is_object() || !header.contains("number") || !header["number"].is_string()) {
    throw nonsense("a block's header has no number");
  }
  return std::strtoull(header["number"].get<std::string>().c_str(), nullptr, 16);
}

std::vector<std::string> RpcChain::values(const std::vector<std::string>& keys,
                                          const std::string& block_hash) {
  std::unordered_map<std::string, std::string> found;
  for (std::size_t first = 0; first < keys.size(); first += kKeysAtOnce) {
    const auto last = std::min(keys.size(), first + kKeysAtOnce);
    const Json asked(std::vector<std::string>(keys.begin() + static_cast<std::ptrdiff_t>(first),
                                              keys.begin() + static_cast<std::ptrdiff_t>(last)));
    const Json sets =
        Json::parse(call("state_queryStorageAt", Json{asked, block_hash}.dump()), nullptr, false);
    try {
      for (const Json& set : sets) {
        for (const Json& change : set.at("changes")) {
          if (change.at(1).is_string()) found[change.at(0)] = change.at(1).get<std::string>();
        }
      }
    } catch (const nlohmann::json::exception&) {
      throw nonsense("the node's answer has no changes");
    }
  }
  std::vector<std::string> raw;
  for (const std::string& key : keys) {
    const std::string hex = found[key];
    std::vector<std::uint8_t> bytes(hex.size() < 2 ? 0 : hex.size() / 2 - 1);
    if (!hex.empty() && !from_hex(hex, bytes)) throw nonsense("a value is not hex");
    raw.emplace_back(bytes.begin(), bytes.end());
  }
  return raw;
}

Metagraph RpcChain::metagraph(std::uint16_t netuid) {
  Metagraph graph;
  graph.netuid = netuid;
  graph.block = block();
  const Json hash =
      Json::parse(call("chain_getBlockHash", fmt::format("[{}]", graph.block)), nullptr, false);
  if (!hash.is_string()) throw nonsense("a block has no hash");
  const std::string at = hash.get<std::string>();
  const std::string net = little_endian(netuid);
  const auto subnet = values(
      {storage_key(kSubnetworkN, net), storage_key(kValidatorPermit, net),
       storage_key(kLastUpdate, net), storage_key(kTempo, net), storage_key(kRateLimit, net)},
      at);
  if (subnet[0].empty()) {
    throw Error(
        ErrorKind::unavailable,
        fmt::format("{} has no subnet {} (check --netuid), or its storage is not as expected",
                    urls_.front(), netuid));
  }
  const std::size_t count = number_or(subnet[0], 2, 0);
  if (count > kMostNeurons) throw nonsense("a subnet has too many neurons");
  const auto permits = Scale(subnet[1]).list(1);
  const auto updates = Scale(subnet[2]).list(8);
  if (permits.size() != count || updates.size() != count)
    throw nonsense("lists of a subnet differ in length");
  graph.tempo = static_cast<std::uint16_t>(number_or(subnet[3], 2, 0));
  graph.weights_rate_limit = number_or(subnet[4], 8, 0);

  std::vector<std::string> keys;
  for (std::size_t uid = 0; uid < count; ++uid) {
    const std::string number = little_endian(static_cast<std::uint16_t>(uid));
    keys.push_back(storage_key(kKeys, net, number));
    keys.push_back(storage_key(kRegistration, net, number));
  }
  const auto who = values(keys, at);
  keys.clear();
  for (std::size_t uid = 0; uid < count; ++uid) {
    const PublicKey hotkey = Scale(who[2 * uid]).account();
    Neuron neuron;
    neuron.uid = static_cast<std::uint16_t>(uid);
    neuron.hotkey = ss58_encode(hotkey);
    neuron.validator_permit = permits[uid] != 0;
    neuron.last_update = updates[uid];
    neuron.registered_at = number_or(who[2 * uid + 1], 8, 0);
    graph.neurons.push_back(std::move(neuron));
    const std::string hashed = blake2_concat(hotkey);
    keys.push_back(storage_key(kAxons, net, hashed));
    keys.push_back(storage_key(kAlpha, hashed, net));
    keys.push_back(storage_key(kOwner, hashed));
  }
  const auto what = values(keys, at);
  for (std::size_t uid = 0; uid < count; ++uid) {
    Neuron& neuron = graph.neurons[uid];
    read_axon(what[3 * uid], neuron);
    neuron.stake = static_cast<double>(number_or(what[3 * uid + 1], 8, 0)) / kRaoPerAlpha;
    if (!what[3 * uid + 2].empty())
      neuron.coldkey = ss58_encode(Scale(what[3 * uid + 2]).account());
  }
  return graph;
}

ChainReceipt RpcChain::serve_axon(std::uint16_t, const AxonAddress&) {
  throw Error(ErrorKind::usage, "rpc only reads the chain: announce with --chain adapter");
}

ChainReceipt RpcChain::set_weights(std::uint16_t, const Weights&) {
  throw Error(ErrorKind::usage, "rpc only reads the chain: set weights with --chain adapter");
}

}  // namespace aml::bittensor
