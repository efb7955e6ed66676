#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/hash.h"

namespace aml::miner {

// The sha256 of a body whose content coding is undone piece by piece: "identity", "gzip", "zstd".
class DecodedHash {
 public:
  // Throws Error{unavailable} for another coding.
  explicit DecodedHash(std::string_view coding);
  ~DecodedHash();
  DecodedHash(const DecodedHash&) = delete;
  DecodedHash& operator=(const DecodedHash&) = delete;

  // Throws Error{unavailable} where the bytes are not of that coding.
  void update(std::string_view bytes);
  // The digest. Throws Error{unavailable} where the body ended early.
  std::string finish();

 private:
  void update_gzip(std::string_view bytes);
  void update_zstd(std::string_view bytes);

  struct State;
  std::unique_ptr<State> state_;
  Hasher hasher_{HashKind::sha256};
};

}  // namespace aml::miner
