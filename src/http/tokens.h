#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace aml::http {

// The bearer tokens (RFC 6750) of the clients that may ask. Only their digests are kept.
class Tokens {
 public:
  Tokens() = default;
  // One token a line; empty lines and lines that begin with # are passed over. The tokens are
  // hidden in the log; a file that everyone may read is warned about. Throws Error{bad_input} where
  // there is none or one is shorter than 16 characters or holds a space, and read_file()'s errors.
  static Tokens read(const std::filesystem::path& file);

  bool empty() const { return digests_.empty(); }
  // Whether the Authorization field is "Bearer " and a known token. Takes the same time whatever
  // the token.
  bool admit(std::string_view authorization) const;

 private:
  std::vector<std::string> digests_;
};

}  // namespace aml::http
