#include "sot/s3_credentials.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <filesystem>
#include <map>
#include <sstream>
#include <string_view>
#include <vector>

#include "base/environment.h"
#include "base/error.h"
#include "base/file_system.h"
#include "base/files.h"
#include "base/log.h"
#include "base/lower_case.h"
#include "base/text_file.h"

namespace aml::sot {
namespace {

namespace fs = std::filesystem;

// The file may be a pipe.
constexpr std::uint64_t kMostFileBytes = 1 << 20;

[[noreturn]] void refuse(const std::string& sentence) { throw Error(ErrorKind::usage, sentence); }

std::string trimmed(const std::string& text) {
  const auto first = text.find_first_not_of(" \t\r");
  const auto last = text.find_last_not_of(" \t\r");
  return first == std::string::npos ? "" : text.substr(first, last - first + 1);
}

// Keys become part of a header: a line break in one would begin another header, and a blank is one
// that was copied with it.
void check_key(const std::string& value, const std::string& name) {
  const bool odd = std::any_of(value.begin(), value.end(),
                               [](unsigned char c) { return c <= 0x20 || c == 0x7F; });
  if (odd) refuse(name + " holds a blank, a line break or a control character");
}

S3Credentials checked(S3Credentials found, const std::array<std::string, 3>& names) {
  log::hide_secret(found.secret_key);
  log::hide_secret(found.session_token);
  check_key(found.access_key, names[0]);
  check_key(found.secret_key, names[1]);
  check_key(found.session_token, names[2]);
  return found;
}

// All of a key pair and its token come from one family of names, so that keys of two services never
// mix.
std::optional<S3Credentials> from_variables(const char* key, const char* secret,
                                            const char* token) {
  const auto access = environment(key);
  const auto hidden = environment(secret);
  const auto session = environment(token);
  if (!access && !hidden && !session) return std::nullopt;
  if (!access && !hidden) {
    refuse(
        fmt::format("{} is set but {} and {} are not; set all three, or none for anonymous access",
                    token, key, secret));
  }
  if (!access || !hidden) {
    refuse(fmt::format("{} is set but {} is not; set both, or none for anonymous access",
                       access ? key : secret, access ? secret : key));
  }
  return checked({*access, *hidden, session.value_or("")}, {key, secret, token});
}

using Profiles = std::map<std::string, S3Credentials>;

// An AWS credentials file: sections in brackets, `name = value` lines, comments with # or ;.
Profiles read_profiles(const fs::path& path) {
  Profiles profiles;
  S3Credentials* profile = nullptr;
  std::istringstream lines(read_text(path, kMostFileBytes));
  for (std::string line; std::getline(lines, line);) {
    line = trimmed(line);
    if (line.starts_with("[")) {
      profile = &profiles[trimmed(line.substr(1, line.find(']') - 1))];
      continue;
    }
    const auto equals = line.find('=');
    if (line.starts_with("#") || line.starts_with(";") || equals == std::string::npos) continue;
    if (profile == nullptr) {
      refuse(path.string() +
             " has settings before the first [profile]: write [default] above them");
    }
    const std::string key = in_lower_case(trimmed(line.substr(0, equals)));
    const std::string value = trimmed(line.substr(equals + 1));
    if (key == "aws_access_key_id") {
      profile->access_key = value;
    } else if (key == "aws_secret_access_key") {
      profile->secret_key = value;
    } else if (key == "aws_session_token") {
      profile->session_token = value;
    }
  }
  return profiles;
}

struct SharedFile {
  fs::path path;
  bool is_named = false;
};

SharedFile shared_file() {
  if (const auto named = environment("AWS_SHARED_CREDENTIALS_FILE")) {
    return {*named, true};
  }
  if (const auto home = environment("HOME")) {
    return {fs::path(*home) / ".aws" / "credentials", false};
  }
  return {};
}

[[noreturn]] void refuse_profile(const std::string& wanted, const SharedFile& file,
                                 const Profiles& profiles) {
  std::vector<std::string> names;
  for (const auto& [name, ignored] : profiles) names.push_back(name);
  refuse(
      fmt::format("{} has no profile [{}], but {}: set AWS_PROFILE to one of them (profiles of "
                  "~/.aws/config, roles and single sign-on are not read: set S3_ACCESS_KEY and "
                  "S3_SECRET_KEY)",
                  file.path.string(), wanted,
                  names.empty() ? "is empty" : fmt::format("[{}]", fmt::join(names, "], ["))));
}

std::optional<S3Credentials> from_shared_file() {
  const SharedFile file = shared_file();
  const auto profile = environment("AWS_PROFILE");
  if (file.path.empty() || !path_exists(file.path)) {
    if (file.is_named) {
      refuse(fmt::format("AWS_SHARED_CREDENTIALS_FILE is '{}', but there is no such file",
                         file.path.string()));
    }
    if (profile) {
      refuse(fmt::format("AWS_PROFILE is '{}', but there is no credentials file {}", *profile,
                         file.path.empty() ? "~/.aws/credentials" : file.path.string()));
    }
    return std::nullopt;
  }
  if (is_folder(file.path)) {
    refuse(file.path.string() + " is a folder, but should be a credentials file");
  }
  const Profiles profiles = read_profiles(file.path);
  const std::string wanted = profile.value_or("default");
  const auto found = profiles.find(wanted);
  if (found == profiles.end()) {
    // Whoever names a file that is not empty wants keys of it.
    if (profile || (file.is_named && !profiles.empty())) refuse_profile(wanted, file, profiles);
    return std::nullopt;
  }
  const std::string where = fmt::format("the profile [{}] of {}", wanted, file.path.string());
  if (found->second.access_key.empty() || found->second.secret_key.empty()) {
    refuse(fmt::format(
        "{} has no {}: give it a whole key pair, or set S3_ACCESS_KEY and "
        "S3_SECRET_KEY",
        where, found->second.access_key.empty() ? "aws_access_key_id" : "aws_secret_access_key"));
  }
  return checked(found->second,
                 {"aws_access_key_id of " + where, "aws_secret_access_key of " + where,
                  "aws_session_token of " + where});
}

// Sources of keys that other programs use and this one does not read.
void warn_of_others() {
  for (const char* name : {"AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
                           "AWS_CONTAINER_CREDENTIALS_FULL_URI"}) {
    if (environment(name)) {
      log::warning(
          fmt::format("{} is set but not read: the requests are anonymous until "
                      "S3_ACCESS_KEY and S3_SECRET_KEY are set",
                      name));
    }
  }
}

}  // namespace

std::optional<S3Credentials> s3_credentials_from_environment() {
  auto found = from_variables("S3_ACCESS_KEY", "S3_SECRET_KEY", "S3_SESSION_TOKEN");
  if (!found) {
    found = from_variables("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN");
  }
  if (!found) found = from_shared_file();
  if (!found) warn_of_others();
  return found;
}

}  // namespace aml::sot
