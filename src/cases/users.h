#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/tokens.h"

namespace aml::cases {

struct User {
  std::string name;
  bool may_decide = true;  // false: may look only
};

// The people who may see cases, each with a token of his own. Only digests of tokens are kept.
class UserList {
 public:
  // A person a line: "NAME TOKEN", or "NAME TOKEN reader" for who may look and not decide; empty
  // lines and lines that begin with # are passed over. Throws Error{bad_input} naming the line
  // where that is none, a name or a token stands there twice, or there are more than kMost; and
  // read_file()'s errors.
  static UserList read(const std::filesystem::path& file);

  static constexpr std::size_t kMost = 1'000;
  static constexpr std::size_t kLongestName = 64;

  // Whose token the Authorization field holds; nothing where it is nobody's.
  std::optional<User> find(std::string_view authorization) const;
  // False for a name that is nobody's.
  bool may_decide(std::string_view name) const;
  // The names of all who may.
  std::vector<std::string> deciders() const;
  const http::Tokens& tokens() const { return tokens_; }

 private:
  bool has(std::string_view name) const;
  void add(User user, std::string_view token, const std::string& where);

  std::vector<User> users_;
  http::Tokens tokens_;  // of each, in the same order
};

// Those who may see cases at the moment. May be called from any thread.
class Users {
 public:
  explicit Users(UserList list) { replace(std::move(list)); }
  void replace(UserList list) {
    auto shared = std::make_shared<const UserList>(std::move(list));
    const std::lock_guard lock(mutex_);
    list_ = std::move(shared);
  }
  std::shared_ptr<const UserList> now() const {
    const std::lock_guard lock(mutex_);
    return list_;
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const UserList> list_;
};

}  // namespace aml::cases
