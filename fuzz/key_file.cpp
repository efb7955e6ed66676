// Key files: whatever one holds, it is a hotkey or an Error that quotes nothing of it.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/error.h"
#include "bittensor/wallet.h"

namespace {

using aml::bittensor::SecretString;

// `text` with every place of `secret` overwritten.
SecretString without(std::string_view secret, SecretString text) {
  for (std::size_t at = text.find(secret); at != SecretString::npos; at = text.find(secret, at)) {
    text.replace(at, secret.size(), secret.size(), 'z');
  }
  return text;
}

// What the refusal of a file says; empty where it is accepted.
std::string refusal_of(const SecretString& text) {
  try {
    aml::bittensor::parse_hotkey(text, "hotkey", [](std::string_view) {});
  } catch (const aml::Error& e) {
    return e.what();
  }
  return "";
}

// A secret may be made of the refusal's own words. Then the refusal holds them without it, too.
bool quotes(const std::string& refusal, const std::string& secret, const SecretString& text) {
  return refusal.find(secret) != std::string::npos &&
         refusal_of(without(secret, text)).find(secret) == std::string::npos;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace aml::bittensor;
  const SecretString text(reinterpret_cast<const char*>(data), size);
  std::string longest_secret;
  const auto hide = [&](std::string_view secret) {
    if (secret.size() > longest_secret.size()) longest_secret = secret;
  };
  try {
    const Keypair key = parse_hotkey(text, "hotkey", hide);
    if (!verify(key.public_key(), "message", key.sign("message"))) std::abort();
  } catch (const aml::Error& e) {
    if (e.kind() != aml::ErrorKind::bad_input) std::abort();
    if (longest_secret.size() > 20 && quotes(e.what(), longest_secret, text)) std::abort();
  }
  return 0;
}
