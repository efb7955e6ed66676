#include "http/tokens.h"

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdint>

#include "base/error.h"
#include "base/files.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/text_file.h"

namespace aml::http {

namespace {

constexpr std::size_t kShortestToken = 16;
constexpr std::uint64_t kMostFileBytes = 16 << 20;
constexpr std::string_view kScheme = "bearer ";

bool is_graphic(char c) { return c > ' ' && c < 0x7F; }

}  // namespace

Tokens Tokens::read(const std::filesystem::path& file) {
  Tokens tokens;
  const std::string text = read_text(file, kMostFileBytes);
  struct stat status{};
  if (::stat(file.c_str(), &status) == 0 && (status.st_mode & S_IROTH) != 0) {
    log::warning("every user of this machine may read the tokens: chmod 600 the file",
                 {{"token_file", file.string()}});
  }
  std::string_view rest = text;
  for (std::size_t line = 1; !rest.empty(); ++line) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    std::string_view token = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (token.ends_with('\r')) token.remove_suffix(1);
    if (token.empty() || token.starts_with('#')) continue;
    require_token(token, line, file);
    if (tokens.digests_.size() == kMost) {
      throw Error(ErrorKind::bad_input,
                  fmt::format("{} holds more than {} tokens", file.string(), kMost));
    }
    tokens.add(token);
  }
  if (tokens.empty()) {
    throw Error(ErrorKind::bad_input, file.string() + " holds no token; write one a line");
  }
  return tokens;
}

Tokens Tokens::of_nobody() {
  Tokens tokens;
  tokens.digests_.push_back(hash_text(HashKind::sha256, ""));
  // As long as every digest, and none.
  tokens.digests_.back().assign(tokens.digests_.back().size(), '-');
  return tokens;
}

void Tokens::require_token(std::string_view text, std::size_t line,
                           const std::filesystem::path& file) {
  if (text.size() >= kShortestToken && std::all_of(text.begin(), text.end(), is_graphic)) return;
  throw Error(ErrorKind::bad_input,
              fmt::format("line {} of {} is no token: it needs {} or more characters without "
                          "spaces; `openssl rand -hex 32` makes one",
                          line, file.string(), kShortestToken));
}

void Tokens::add(std::string_view token) {
  log::hide_secret(token);
  digests_.push_back(hash_text(HashKind::sha256, token));
}

std::optional<std::string_view> Tokens::bearer_of(std::string_view authorization) {
  if (authorization.size() < kScheme.size()) return std::nullopt;
  const bool is_bearer = std::equal(kScheme.begin(), kScheme.end(), authorization.begin(),
                                    [](char expected, char c) { return expected == (c | 0x20); });
  if (!is_bearer) return std::nullopt;
  return authorization.substr(kScheme.size());
}

bool Tokens::has(std::string_view token) const {
  const std::string digest = hash_text(HashKind::sha256, token);
  return std::find(digests_.begin(), digests_.end(), digest) != digests_.end();
}

std::optional<std::size_t> Tokens::place_of(std::string_view authorization) const {
  const auto token = bearer_of(authorization);
  if (!token) return std::nullopt;
  const std::string digest = hash_text(HashKind::sha256, *token);
  std::optional<std::size_t> place;
  for (std::size_t i = 0; i < digests_.size(); ++i) {
    if (CRYPTO_memcmp(digests_[i].data(), digest.data(), digest.size()) == 0) place = i;
  }
  return place;
}

void Access::replace(Tokens tokens) {
  auto shared = std::make_shared<const Tokens>(std::move(tokens));
  const std::lock_guard lock(mutex_);
  tokens_ = std::move(shared);
}

std::shared_ptr<const Tokens> Access::current() const {
  const std::lock_guard lock(mutex_);
  return tokens_;
}

bool Access::admit(std::string_view authorization) const {
  const auto tokens = current();
  return tokens->empty() || tokens->admit(authorization);
}

std::function<std::function<void()>()> rereading(std::shared_ptr<Access> access,
                                                 std::filesystem::path file) {
  return [access = std::move(access), file = std::move(file)] {
    auto tokens = std::make_shared<Tokens>(Tokens::read(file));
    return [access, tokens] { access->replace(std::move(*tokens)); };
  };
}

}  // namespace aml::http
