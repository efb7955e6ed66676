#include "bittensor/wallet.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/rand.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

#include "base/environment.h"
#include "base/error.h"
#include "base/file_system.h"
#include "base/files.h"
#include "base/hex.h"
#include "base/log.h"

namespace aml::bittensor {

namespace {

// JSON whose strings, also those of its parser, are wiped.
using SecretJson = nlohmann::basic_json<std::map, std::vector, SecretString>;

using Hide = std::function<void(std::string_view)>;

constexpr std::size_t kLargestFile = 65'536;

Error bad(const std::string& where, const std::string& what) {
  return {ErrorKind::bad_input, where + what};
}

SecretString read_secret(const std::filesystem::path& path) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file.is_open()) throw system_error("cannot read the key file " + path.string(), errno);
  SecretString text(kLargestFile + 1, '\0');
  std::size_t size = 0;
  ssize_t got = 0;
  do {
    got = ::read(file.get(), text.data() + size, text.size() - size);
    if (got > 0) size += static_cast<std::size_t>(got);
  } while ((got > 0 && size < text.size()) || (got < 0 && errno == EINTR));
  if (got < 0) throw system_error("cannot read the key file " + path.string(), errno);
  if (size > kLargestFile) throw bad(path.string(), " is no key file: it is over 64 kB");
  text.resize(size);
  return text;
}

void warn_of_readers(const std::filesystem::path& path) {
  struct stat status{};
  if (::stat(path.c_str(), &status) != 0 || (status.st_mode & 077) == 0) return;
  log::warning("others than its owner may read the key file; chmod 600 it",
               {{"file", path.string()}, {"mode", fmt::format("{:04o}", status.st_mode & 0777)}});
}

// The beginnings of the formats that wallets encrypt in: NaCl, Ansible's vault, Fernet.
bool is_encrypted(std::string_view text) {
  return text.starts_with("$NACL") || text.starts_with("$ANSIBLE_VAULT") ||
         text.starts_with("gAAAAA");
}

// The text of a member, empty where it is absent or null.
std::string_view member(const SecretJson& json, const char* name, const std::string& where) {
  const auto found = json.find(name);
  if (found == json.end() || found->is_null()) return {};
  const auto* text = found->get_ptr<const SecretString*>();
  if (text == nullptr) throw bad(where, fmt::format(": {} should be text", name));
  return {text->data(), text->size()};
}

template <std::size_t N>
std::optional<SecretBytes<N>> secret_member(const SecretJson& json, const char* name,
                                            const std::string& where, const Hide& hide) {
  const std::string_view text = member(json, name, where);
  if (text.empty()) return std::nullopt;
  hide(text);
  if (text.starts_with("0x")) hide(text.substr(2));
  SecretBytes<N> bytes;
  if (!from_hex(text, {bytes.data(), N})) {
    throw bad(where, fmt::format(": {} should be {} bytes in hex", name, N));
  }
  return bytes;
}

// An integer, a string or absent; 1 is sr25519.
void require_sr25519(const SecretJson& json, const std::string& where) {
  const auto found = json.find("cryptoType");
  if (found == json.end() || found->is_null()) return;
  if (found->is_number_integer() && *found == 1) return;
  if (found->is_string()) {
    const auto& name = found->get_ref<const SecretString&>();
    if (name == "1" || name == "sr25519") return;
  }
  throw bad(where,
            ": this key is not of the scheme sr25519, the only one spoken here; make a "
            "hotkey with cryptoType 1");
}

PublicKey public_member(const SecretJson& json, const std::string& where) {
  PublicKey key{};
  bool known = false;
  for (const char* name : {"publicKey", "accountId"}) {
    const std::string_view text = member(json, name, where);
    if (text.empty()) continue;
    PublicKey read;
    if (!from_hex(text, read) || (known && read != key)) {
      throw bad(where, fmt::format(": {} is damaged", name));
    }
    key = read;
    known = true;
  }
  if (const std::string_view address = member(json, "ss58Address", where); !address.empty()) {
    const auto read = ss58_decode(address);
    if (!read || (known && *read != key)) throw bad(where, ": ss58Address is damaged");
    key = *read;
    known = true;
  }
  if (!known) throw bad(where, " is no key file: it names no public key");
  return key;
}

// A coldkey owns the funds, and has no business on a server.
void refuse_coldkey(const std::filesystem::path& path) {
  const std::string name = path.filename().string();
  if (name.starts_with("coldkey")) {
    throw bad(path.string(), " is a coldkey; keep it off this machine and name a hotkey");
  }
  if (name.ends_with("pub.txt")) {
    throw bad(path.string(), " holds a public key only; name the hotkey's own file");
  }
}

void refuse_key_of_coldkey(const Keypair& key, const std::filesystem::path& path) {
  const std::filesystem::path beside = path.parent_path().parent_path() / "coldkeypub.txt";
  if (!file_size_if_exists(beside)) return;
  const SecretString text = read_secret(beside);
  if (text.find(key.ss58().c_str()) == SecretString::npos) return;
  throw bad(path.string(),
            " holds the wallet's coldkey; keep it off this machine and make a hotkey");
}

std::filesystem::path wallets_folder(const std::string& root) {
  if (root != "~" && !root.starts_with("~/")) return root;
  return std::filesystem::path(environment("HOME").value_or("/")) /
         root.substr(root == "~" ? 1 : 2);
}

std::string names_beside(const std::filesystem::path& path) {
  std::vector<std::string> names;
  for (const std::filesystem::path& file : list_folder_if_possible(path.parent_path())) {
    const std::string name = file.filename().string();
    if (!name.ends_with("pub.txt")) names.push_back(name);
  }
  return names.empty() ? "; its folder has none"
                       : fmt::format("; there are: {}", fmt::join(names, ", "));
}

void append_hex(SecretString& text, const SecretBytes<32>& bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    text += kDigits[bytes.data()[i] >> 4];
    text += kDigits[bytes.data()[i] & 15];
  }
}

}  // namespace

std::filesystem::path hotkey_path(const std::string& root, const std::string& wallet,
                                  const std::string& hotkey) {
  return wallets_folder(root) / wallet / "hotkeys" / hotkey;
}

std::vector<std::string> hotkeys_below(const std::string& root) {
  std::vector<std::string> found;
  for (const std::filesystem::path& wallet : list_folder_if_possible(wallets_folder(root))) {
    for (const std::filesystem::path& file : list_folder_if_possible(wallet / "hotkeys")) {
      try {
        const SecretString text = read_secret(file);
        const SecretJson json = SecretJson::parse(text, nullptr, false);
        if (!json.is_object()) continue;
        found.emplace_back(member(json, "ss58Address", file.string()));
      } catch (const Error&) {
        continue;
      }
    }
  }
  std::sort(found.begin(), found.end());
  return found;
}

Keypair parse_hotkey(const SecretString& text, const std::string& where, const Hide& hide) {
  if (is_encrypted({text.data(), text.size()})) {
    throw bad(where,
              " is encrypted, and a server has nobody to ask for the password: make a hotkey "
              "without one (btcli wallet new-hotkey --no-use-password)");
  }
  // The parser's own words would quote the file.
  const SecretJson json = SecretJson::parse(text, nullptr, false);
  if (!json.is_object()) throw bad(where, " is no key file: it is no JSON object");
  require_sr25519(json, where);
  if (const std::string_view phrase = member(json, "secretPhrase", where); !phrase.empty()) {
    hide(phrase);
  }
  const auto seed = secret_member<32>(json, "secretSeed", where, hide);
  const auto secret = secret_member<64>(json, "privateKey", where, hide);
  const PublicKey expected = public_member(json, where);
  if (seed) {
    Keypair key = Keypair::from_seed(*seed);
    if (key.public_key() != expected) {
      throw bad(where, ": secretSeed is not that of the public key beside it");
    }
    return key;
  }
  if (secret) {
    try {
      return Keypair::from_secret(*secret, expected);
    } catch (const Error&) {
      throw bad(where, ": privateKey is not that of the public key beside it");
    }
  }
  throw bad(where, " has no secret (secretSeed or privateKey); a public key cannot sign");
}

Keypair create_hotkey(const std::filesystem::path& path, const std::string& dev_uri) {
  keep_memory_private();
  SecretBytes<32> seed;
  if (!dev_uri.empty()) {
    seed = dev_seed(dev_uri);
  } else if (RAND_bytes(seed.data(), static_cast<int>(seed.size())) != 1) {
    throw Error(ErrorKind::internal, "OpenSSL has no random numbers");
  }
  Keypair key = Keypair::from_seed(seed);
  const std::string hex = "0x" + to_hex(key.public_key());
  SecretString text;  // without cryptoType: wallet 4.0 reads no file with a number in it
  for (const std::string& part :
       {std::string(R"({"accountId":")"), hex, std::string(R"(","publicKey":")"), hex,
        std::string(R"(","ss58Address":")"), key.ss58(), std::string(R"(","secretSeed":"0x)")}) {
    text += part.c_str();
  }
  append_hex(text, seed);
  text += "\"}";
  make_folders(path.parent_path());
  // Never over another key: that one would be lost.
  write_file_atomically(path, {text.data(), text.size()},
                        {.access = Access::owner, .replace = false});
  return key;
}

Keypair load_hotkey(const std::filesystem::path& path) {
  keep_memory_private();
  refuse_coldkey(path);
  struct stat status{};
  if (::stat(path.c_str(), &status) != 0 && errno == ENOENT) {
    throw Error(ErrorKind::not_found,
                fmt::format("there is no hotkey {}{}", path.string(), names_beside(path)));
  }
  if (!S_ISREG(status.st_mode) && status.st_mode != 0) {
    throw bad(path.string(), " is no key file: it is not a regular file");
  }
  const SecretString text = read_secret(path);
  warn_of_readers(path);
  Keypair key = parse_hotkey(text, path.string());
  refuse_key_of_coldkey(key, path);
  return key;
}

}  // namespace aml::bittensor
