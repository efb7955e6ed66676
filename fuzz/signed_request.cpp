// What strangers send a miner, and what miners send a validator: header fields and bodies. The
// input is an HTTP message: a request line, fields, an empty line, a body.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/error.h"
#include "bittensor/btauth.h"
#include "bittensor/envelope.h"
#include "bittensor/scores_request.h"
#include "bittensor/v10.h"

namespace {

using namespace aml::bittensor;

constexpr const char* kBob = "5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty";
constexpr std::int64_t kNow = 1752076800000000000;

std::string_view take_line(std::string_view& text) {
  const std::string_view line = text.substr(0, text.find('\n'));
  text.remove_prefix(std::min(text.size(), line.size() + 1));
  return line;
}

struct Message {
  std::string_view method;
  std::string_view target;
  aml::HttpHeaders headers;
  std::string_view body;
};

Message split(std::string_view text) {
  Message message;
  const std::string_view first = take_line(text);
  message.method = first.substr(0, first.find(' '));
  message.target = first.substr(std::min(first.size(), message.method.size() + 1));
  while (!text.empty()) {
    const std::string_view line = take_line(text);
    if (line.empty()) break;
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    message.headers.emplace_back(line.substr(0, colon), line.substr(colon + 1));
  }
  message.body = text;
  return message;
}

template <typename Parse>
void only_errors(const Parse& parse) {
  try {
    parse();
  } catch (const aml::Error& e) {
    if (e.kind() == aml::ErrorKind::internal) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Message message = split({reinterpret_cast<const char*>(data), size});
  const HeaderLookup header = [&](std::string_view name) -> std::optional<std::string_view> {
    for (const auto& [field, value] : message.headers) {
      if (field == name) return value;
    }
    return std::nullopt;
  };
  Authenticator bob(kBob, 16);
  const AuthResult result =
      bob.verify({message.method, message.target, message.body, header}, kNow);
  if (result.caller && !ss58_decode(result.caller->hotkey)) std::abort();
  auto claim = read_v10_claim(header);
  if (auto* claimed = std::get_if<V10Claim>(&claim)) V10Authenticator(kBob).verify(*claimed, kNow);
  only_errors([&] {
    const ScoresRequest request = ScoresRequest::parse(message.body);
    if (ScoresRequest::parse(request.to_json()).to_json() != request.to_json()) std::abort();
  });
  only_errors([&] { parse_synapse(message.body); });
  only_errors([&] {
    const Envelope envelope = Envelope::from_headers(message.headers);
    if (Envelope::from_headers(envelope.to_headers()).signed_text() != envelope.signed_text()) {
      std::abort();
    }
    if (Envelope::from_json(envelope.to_json()).signed_text() != envelope.signed_text())
      std::abort();
    find_flaw({std::string(message.target), std::string(message.body), envelope}, kBob, "");
  });
  only_errors([&] { Envelope::from_json(message.body); });
  return 0;
}
