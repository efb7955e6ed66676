#include "sot/s3_endpoint.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include <memory>
#include <optional>

#include "base/error.h"
#include "base/lower_case.h"
#include "base/percent.h"

namespace aml::sot {
namespace {

using Url = std::unique_ptr<CURLU, decltype(&curl_url_cleanup)>;

// A part of the URL; nothing where it has none.
std::optional<std::string> part(const Url& url, CURLUPart which, unsigned flags = 0) {
  char* text = nullptr;
  if (curl_url_get(url.get(), which, &text, flags) != CURLUE_OK) return std::nullopt;
  const std::unique_ptr<char, decltype(&curl_free)> owner(text, &curl_free);
  return std::string(text);
}

[[noreturn]] void refuse(const std::string& setting, const std::string& why) {
  throw Error(ErrorKind::usage,
              fmt::format("{} {}: write http://host:port or https://host", setting, why));
}

}  // namespace

bool S3Endpoint::is_address() const {
  return host.starts_with('[') || host.find_first_not_of("0123456789.") == std::string::npos;
}

S3Endpoint parse_endpoint(const std::string& text, const std::string& setting) {
  const Url url(curl_url(), &curl_url_cleanup);
  if (!url) throw Error(ErrorKind::internal, "libcurl gave no URL");
  const CURLUcode code = curl_url_set(url.get(), CURLUPART_URL, text.c_str(), CURLU_ALLOW_SPACE);
  // Whatever is wrong with it: what may hold a password is not repeated.
  if (text.find('@') != std::string::npos || part(url, CURLUPART_USER) ||
      part(url, CURLUPART_PASSWORD)) {
    refuse(setting, "holds a user name; keys are set by S3_ACCESS_KEY and S3_SECRET_KEY");
  }
  const std::string scheme = part(url, CURLUPART_SCHEME).value_or("");
  // libcurl would read over a third slash.
  if (code != CURLUE_OK || text.find(":///") != std::string::npos ||
      (scheme != "http" && scheme != "https")) {
    refuse(setting,
           fmt::format("is '{}', but must begin with http:// or https:// and name a host", text));
  }
  if (part(url, CURLUPART_QUERY) || part(url, CURLUPART_FRAGMENT)) {
    refuse(setting, fmt::format("is '{}', but must not hold ? or #", text));
  }
  S3Endpoint endpoint;
  endpoint.scheme = scheme;
  // Names of other alphabets travel in the form of the DNS.
  auto host = part(url, CURLUPART_HOST, CURLU_PUNYCODE);
  if (!host) host = part(url, CURLUPART_HOST);
  endpoint.host = host.value_or("");
  if (endpoint.host.empty()) refuse(setting, fmt::format("is '{}', but names no host", text));
  endpoint.host = in_lower_case(std::move(endpoint.host));
  if (const auto port = part(url, CURLUPART_PORT, CURLU_NO_DEFAULT_PORT)) {
    endpoint.port = ":" + *port;
  }
  const auto path = part(url, CURLUPART_PATH, CURLU_URLDECODE);
  if (!path) refuse(setting, fmt::format("is '{}', but its path cannot be read", text));
  endpoint.base_path = percent_encoded(*path, true);
  while (endpoint.base_path.ends_with('/')) {
    endpoint.base_path.pop_back();
  }
  return endpoint;
}

}  // namespace aml::sot
