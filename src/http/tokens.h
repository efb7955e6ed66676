#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace aml::http {

// The bearer tokens (RFC 6750) of the clients that may ask. Only their digests are kept.
class Tokens {
 public:
  Tokens() = default;
  // One token a line; empty lines and lines that begin with # are passed over. The tokens are
  // hidden in the log; a file that everyone may read is warned about. Throws Error{bad_input} where
  // there is none, or more than kMost, or one is shorter than 16 characters or holds a space, and
  // read_file()'s errors.
  static Tokens read(const std::filesystem::path& file);

  static constexpr std::size_t kMost = 10'000;

  bool empty() const { return digests_.empty(); }
  // Whether the Authorization field is "Bearer " and a known token. Takes the same time whatever
  // the token.
  bool admit(std::string_view authorization) const;

 private:
  std::vector<std::string> digests_;
};

// Who may ask at the moment. May be called from any thread.
class Access {
 public:
  explicit Access(Tokens tokens = {}) { replace(std::move(tokens)); }

  // From now on those with these tokens; with none, everyone.
  void replace(Tokens tokens);
  bool is_open() const { return current()->empty(); }
  // As Tokens::admit(), or whether everyone may ask.
  bool admit(std::string_view authorization) const;

 private:
  std::shared_ptr<const Tokens> current() const;
  mutable std::mutex mutex_;
  std::shared_ptr<const Tokens> tokens_;
};

}  // namespace aml::http
