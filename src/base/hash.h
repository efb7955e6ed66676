#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

namespace aml {

enum class HashKind { md5, sha256 };

// Incremental md5 or sha256 (OpenSSL). Results are lowercase hex.
class Hasher {
 public:
  explicit Hasher(HashKind kind);
  ~Hasher();
  Hasher(Hasher&&) noexcept;
  Hasher& operator=(Hasher&&) noexcept;

  void update(std::string_view bytes);
  // The digest of all bytes so far; the hasher is of no use afterwards.
  std::string finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

std::string hash_text(HashKind kind, std::string_view bytes);

// The first digits of the text's sha256 as a number, the same on every day and machine. REQUIRES:
// hex_digits is 1 to 16
std::uint64_t hash_number(std::string_view text, std::size_t hex_digits);

// Digest of a whole file. Throws system_error's Error where it cannot be read.
std::string hash_file(HashKind kind, const std::filesystem::path& path);

struct FileHashes {
  std::string md5;
  std::string sha256;
};
// Both digests in one read of the file.
FileHashes hash_file_both(const std::filesystem::path& path);

// HMAC-SHA256 of `message` under `key`, as 32 raw bytes.
std::string hmac_sha256(std::string_view key, std::string_view message);

}  // namespace aml
