#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
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
  // One that nobody has: nobody is admitted.
  static Tokens of_nobody();

  static constexpr std::size_t kMost = 10'000;

  // One more that is admitted; hidden in the log.
  void add(std::string_view token);
  // Throws Error{bad_input} that names the line where the text is no token.
  static void require_token(std::string_view text, std::size_t line,
                            const std::filesystem::path& file);

  bool empty() const { return digests_.empty(); }
  bool has(std::string_view token) const;
  // Which of the tokens, in the order in which they were added, the Authorization field holds after
  // "Bearer "; nothing where it is none of them. Takes the same time whatever the token.
  std::optional<std::size_t> place_of(std::string_view authorization) const;
  bool admit(std::string_view authorization) const { return place_of(authorization).has_value(); }

 private:
  // The token of an Authorization field; nothing where it is none of a bearer.
  static std::optional<std::string_view> bearer_of(std::string_view authorization);

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

// ServerOptions::reload where a file says who may ask: reads it anew, and throws as Tokens::read().
std::function<std::function<void()>()> rereading(std::shared_ptr<Access> access,
                                                 std::filesystem::path file);

}  // namespace aml::http
