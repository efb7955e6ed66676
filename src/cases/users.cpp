#include "cases/users.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "base/files.h"
#include "base/text_file.h"

namespace aml::cases {

namespace {

constexpr std::uint64_t kMostFileBytes = 1 << 20;
constexpr std::string_view kReader = "reader";

bool is_name(std::string_view text) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
  };
  return !text.empty() && text.size() <= UserList::kLongestName &&
         std::all_of(text.begin(), text.end(), fits);
}

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  constexpr std::string_view kSpace = " \t\r";
  for (std::size_t at = line.find_first_not_of(kSpace); at != std::string_view::npos;
       at = line.find_first_not_of(kSpace, at)) {
    const std::size_t end = std::min(line.find_first_of(kSpace, at), line.size());
    words.push_back(line.substr(at, end - at));
    at = end;
  }
  return words;
}

}  // namespace

void UserList::add(User user, std::string_view token, const std::string& where) {
  if (has(user.name)) {
    throw Error(ErrorKind::bad_input, fmt::format("{} names {} again", where, user.name));
  }
  if (tokens_.has(token)) {
    throw Error(ErrorKind::bad_input,
                fmt::format("{} has the token of somebody else: each has one of his own", where));
  }
  if (users_.size() == kMost) {
    throw Error(ErrorKind::bad_input,
                fmt::format("{} is one person too many: {} are the most", where, kMost));
  }
  users_.push_back(std::move(user));
  tokens_.add(token);
}

UserList UserList::read(const std::filesystem::path& file) {
  UserList list;
  const std::string text = read_text(file, kMostFileBytes);
  std::string_view rest = text;
  for (std::size_t number = 1; !rest.empty(); ++number) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    const auto words = words_of(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (words.empty() || words[0].starts_with('#')) continue;
    const std::string where = fmt::format("line {} of {}", number, file.string());
    const bool is_known_role = words.size() == 2 || (words.size() == 3 && words[2] == kReader);
    if (!is_known_role || !is_name(words[0])) {
      throw Error(ErrorKind::bad_input,
                  fmt::format("{} is no person: write a name of letters, digits, \".\", \"_\" and "
                              "\"-\", a token, and \"reader\" for who may only look",
                              where));
    }
    http::Tokens::require_token(words[1], number, file);
    list.add({std::string(words[0]), words.size() == 2}, words[1], where);
  }
  if (list.users_.empty()) {
    throw Error(ErrorKind::bad_input,
                file.string() + " names nobody; write a name and a token a line");
  }
  return list;
}

std::optional<User> UserList::find(std::string_view authorization) const {
  const auto place = tokens_.place_of(authorization);
  if (!place) return std::nullopt;
  return users_[*place];
}

bool UserList::has(std::string_view name) const {
  return std::any_of(users_.begin(), users_.end(),
                     [&](const User& user) { return user.name == name; });
}

bool UserList::may_decide(std::string_view name) const {
  return std::any_of(users_.begin(), users_.end(),
                     [&](const User& user) { return user.may_decide && user.name == name; });
}

std::vector<std::string> UserList::deciders() const {
  std::vector<std::string> names;
  for (const User& user : users_) {
    if (user.may_decide) names.push_back(user.name);
  }
  return names;
}

}  // namespace aml::cases
