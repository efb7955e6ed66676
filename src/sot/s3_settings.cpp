#include "sot/s3_settings.h"

#include <fmt/format.h>

#include <initializer_list>

#include "base/environment.h"
#include "base/error.h"
#include "base/files.h"

namespace aml::sot {
namespace {

struct Setting {
  std::string name;
  std::string value;
};

std::optional<Setting> first_of(std::initializer_list<const char*> names) {
  for (const char* name : names) {
    if (auto value = environment(name)) {
      return Setting{name, *value};
    }
  }
  return std::nullopt;
}

bool is_path_style() {
  const std::string style = environment("S3_ADDRESSING").value_or("path");
  if (style != "path" && style != "virtual") {
    throw Error(ErrorKind::usage,
                fmt::format("S3_ADDRESSING is '{}', but it must be path or virtual", style));
  }
  return style == "path";
}

std::string ca_file() {
  const auto file = first_of({"S3_CA_FILE", "AWS_CA_BUNDLE"});
  if (file && !file_size_if_exists(file->value)) {
    throw Error(ErrorKind::usage,
                fmt::format("{} is '{}', but there is no such file", file->name, file->value));
  }
  return file ? file->value : "";
}

// The region becomes part of a header and of Amazon's host name.
std::string region() {
  const auto found = first_of({"S3_REGION", "AWS_REGION", "AWS_DEFAULT_REGION"});
  if (!found) return "us-east-1";
  for (const char c : found->value) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '_';
    if (!plain) {
      throw Error(ErrorKind::usage, fmt::format("{} is '{}', which is no name of a region",
                                                found->name, found->value));
    }
  }
  return found->value;
}

}  // namespace

S3Settings s3_settings_from_environment() {
  S3Settings settings;
  settings.credentials = s3_credentials_from_environment();
  settings.region = region();
  const Setting endpoint =
      first_of({"S3_ENDPOINT", "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"})
          .value_or(
              Setting{"S3_ENDPOINT", fmt::format("https://s3.{}.amazonaws.com", settings.region)});
  settings.endpoint = parse_endpoint(endpoint.value, endpoint.name);
  settings.path_style = is_path_style();
  if (!settings.path_style && settings.endpoint.is_address()) {
    throw Error(ErrorKind::usage,
                fmt::format("S3_ADDRESSING is virtual, but the endpoint {} has no name that a "
                            "bucket's could stand before: set S3_ADDRESSING=path",
                            settings.endpoint.host));
  }
  settings.ca_file = ca_file();
  return settings;
}

}  // namespace aml::sot
