#include "sot/s3_settings.h"

#include <fmt/format.h>

#include <filesystem>
#include <initializer_list>
#include <sstream>

#include "base/environment.h"
#include "base/error.h"
#include "base/files.h"
#include "base/log.h"

namespace aml::sot {
namespace {

std::optional<std::string> first_of(std::initializer_list<const char*> names) {
  for (const char* name : names) {
    if (auto value = environment(name)) {
      return value;
    }
  }
  return std::nullopt;
}

std::string trimmed(const std::string& text) {
  const auto first = text.find_first_not_of(" \t\r");
  const auto last = text.find_last_not_of(" \t\r");
  return first == std::string::npos ? "" : text.substr(first, last - first + 1);
}

// The profile's section of an AWS credentials file.
std::optional<S3Credentials> from_shared_file() {
  std::filesystem::path path;
  if (const auto named = environment("AWS_SHARED_CREDENTIALS_FILE")) {
    path = *named;
  } else if (const auto home = environment("HOME")) {
    path = std::filesystem::path(*home) / ".aws" / "credentials";
  }
  if (path.empty() || !file_size_if_exists(path)) {
    return std::nullopt;
  }
  const std::string wanted = "[" + environment("AWS_PROFILE").value_or("default") + "]";
  S3Credentials found;
  bool inside = false;
  std::istringstream lines(read_file(path));
  for (std::string line; std::getline(lines, line);) {
    line = trimmed(line);
    if (line.starts_with("[")) {
      inside = line == wanted;
      continue;
    }
    const auto equals = line.find('=');
    if (!inside || line.starts_with("#") || equals == std::string::npos) {
      continue;
    }
    const std::string key = trimmed(line.substr(0, equals));
    const std::string value = trimmed(line.substr(equals + 1));
    if (key == "aws_access_key_id") {
      found.access_key = value;
    } else if (key == "aws_secret_access_key") {
      found.secret_key = value;
    } else if (key == "aws_session_token") {
      found.session_token = value;
    }
  }
  return found.access_key.empty() || found.secret_key.empty() ? std::nullopt : std::optional(found);
}

// Both halves of a key pair come from one family of names, so that keys of two services never mix.
std::optional<S3Credentials> from_variables(const char* key, const char* secret,
                                            const char* token) {
  const auto access = environment(key);
  const auto hidden = environment(secret);
  if (!access && !hidden) {
    return std::nullopt;
  }
  if (!access || !hidden) {
    throw Error(ErrorKind::usage, fmt::format("{} is set but {} is not; set both, or none for "
                                              "anonymous access",
                                              access ? key : secret, access ? secret : key));
  }
  return S3Credentials{*access, *hidden, environment(token).value_or("")};
}

std::optional<S3Credentials> find_credentials() {
  auto found = from_variables("S3_ACCESS_KEY", "S3_SECRET_KEY", "S3_SESSION_TOKEN");
  if (!found) {
    found = from_variables("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN");
  }
  return found ? found : from_shared_file();
}

}  // namespace

S3Settings s3_settings_from_environment() {
  S3Settings settings;
  settings.credentials = find_credentials();
  if (settings.credentials) {
    log::hide_secret(settings.credentials->secret_key);
    log::hide_secret(settings.credentials->session_token);
  }
  settings.region =
      first_of({"S3_REGION", "AWS_REGION", "AWS_DEFAULT_REGION"}).value_or("us-east-1");
  settings.endpoint = first_of({"S3_ENDPOINT", "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"})
                          .value_or(fmt::format("https://s3.{}.amazonaws.com", settings.region));
  while (settings.endpoint.ends_with('/')) {
    settings.endpoint.pop_back();
  }
  if (!settings.endpoint.starts_with("http://") && !settings.endpoint.starts_with("https://")) {
    throw Error(ErrorKind::usage,
                fmt::format("S3_ENDPOINT is '{}', but it must begin with http:// or https://",
                            settings.endpoint));
  }
  const std::string style = environment("S3_ADDRESSING").value_or("path");
  if (style != "path" && style != "virtual") {
    throw Error(ErrorKind::usage,
                fmt::format("S3_ADDRESSING is '{}', but it must be path or virtual", style));
  }
  settings.path_style = style == "path";
  settings.ca_file = first_of({"S3_CA_FILE", "AWS_CA_BUNDLE"}).value_or("");
  return settings;
}

}  // namespace aml::sot
