#include "base/hash.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <utility>

#include "base/error.h"
#include "base/files.h"

namespace aml {

struct Hasher::State {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  ~State() { EVP_MD_CTX_free(context); }
};

Hasher::Hasher(HashKind kind) : state_(std::make_unique<State>()) {
  // Fetched once: OpenSSL 3 would look for an implementation each time.
  static const EVP_MD* const md5 = EVP_MD_fetch(nullptr, "MD5", nullptr);
  static const EVP_MD* const sha256 = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  const EVP_MD* algorithm = kind == HashKind::md5 ? md5 : sha256;
  if (EVP_DigestInit_ex(state_->context, algorithm, nullptr) != 1) {
    throw Error(ErrorKind::internal, "OpenSSL refuses to make a digest (is it in FIPS mode?)");
  }
}
Hasher::~Hasher() = default;
Hasher::Hasher(Hasher&&) noexcept = default;
Hasher& Hasher::operator=(Hasher&&) noexcept = default;

void Hasher::update(std::string_view bytes) {
  EVP_DigestUpdate(state_->context, bytes.data(), bytes.size());
}

std::string Hasher::finish() {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int length = 0;
  EVP_DigestFinal_ex(state_->context, digest.data(), &length);
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string hex(2 * length, '0');
  for (unsigned int i = 0; i < length; ++i) {
    hex[2 * i] = kDigits[digest[i] >> 4];
    hex[2 * i + 1] = kDigits[digest[i] & 15];
  }
  return hex;
}

std::string hash_text(HashKind kind, std::string_view bytes) {
  Hasher hasher(kind);
  hasher.update(bytes);
  return hasher.finish();
}

std::uint64_t hash_number(std::string_view text, std::size_t hex_digits) {
  return std::stoull(hash_text(HashKind::sha256, text).substr(0, hex_digits), nullptr, 16);
}

std::string hash_file(HashKind kind, const std::filesystem::path& path) {
  Hasher hasher(kind);
  read_blocks(path, [&](std::string_view bytes) { hasher.update(bytes); });
  return hasher.finish();
}

FileHashes hash_file_both(const std::filesystem::path& path) {
  Hasher md5(HashKind::md5);
  Hasher sha256(HashKind::sha256);
  read_blocks(path, [&](std::string_view bytes) {
    md5.update(bytes);
    sha256.update(bytes);
  });
  return {md5.finish(), sha256.finish()};
}

std::string hmac_sha256(std::string_view key, std::string_view message) {
  std::array<unsigned char, 32> digest{};
  unsigned int length = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(message.data()), message.size(), digest.data(),
       &length);
  return {reinterpret_cast<const char*>(digest.data()), length};
}

}  // namespace aml
