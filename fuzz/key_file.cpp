// Key files: whatever one holds, it is a hotkey or an Error that quotes nothing of it.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/error.h"
#include "bittensor/wallet.h"

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
    const bool quotable = longest_secret.size() > 20;
    if (quotable && std::string_view(e.what()).find(longest_secret) != std::string_view::npos) {
      std::abort();
    }
  }
  return 0;
}
