#include "sot/s3_signature.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>

#include "base/hash.h"
#include "base/hex.h"
#include "base/percent.h"

namespace aml::sot {
namespace {

std::string signing_key(const std::string& secret, std::string_view day, std::string_view region) {
  return hmac_sha256(hmac_sha256(hmac_sha256(hmac_sha256("AWS4" + secret, day), region), "s3"),
                     "aws4_request");
}

}  // namespace

std::string canonical_query(QueryParameters parameters) {
  for (auto& [name, value] : parameters) {
    name = percent_encoded(name, false);
    value = percent_encoded(value, false);
  }
  std::sort(parameters.begin(), parameters.end());
  std::string query;
  for (const auto& [name, value] : parameters) {
    query += (query.empty() ? "" : "&") + name + "=" + value;
  }
  return query;
}

HttpHeaders signed_headers(const RequestToSign& request, const S3Credentials& credentials,
                           const std::string& region, std::chrono::system_clock::time_point now) {
  const std::string time =
      fmt::format("{:%Y%m%dT%H%M%SZ}", fmt::gmtime(std::chrono::system_clock::to_time_t(now)));
  const std::string day = time.substr(0, 8);
  HttpHeaders headers = request.headers;
  headers.emplace_back("x-amz-content-sha256", request.payload_sha256);
  headers.emplace_back("x-amz-date", time);
  if (!credentials.session_token.empty()) {
    headers.emplace_back("x-amz-security-token", credentials.session_token);
  }
  HttpHeaders to_sign = headers;
  to_sign.emplace_back("host", request.host);
  std::sort(to_sign.begin(), to_sign.end());
  std::string lines;
  std::string names;
  for (const auto& [name, value] : to_sign) {
    lines += name + ":" + value + "\n";
    names += (names.empty() ? "" : ";") + name;
  }
  const std::string canonical = fmt::format("{}\n{}\n{}\n{}\n{}\n{}", request.method, request.path,
                                            request.query, lines, names, request.payload_sha256);
  const std::string scope = fmt::format("{}/{}/s3/aws4_request", day, region);
  const std::string to_hash = fmt::format("AWS4-HMAC-SHA256\n{}\n{}\n{}", time, scope,
                                          hash_text(HashKind::sha256, canonical));
  const std::string signature =
      to_hex(hmac_sha256(signing_key(credentials.secret_key, day, region), to_hash));
  headers.emplace_back(
      "Authorization",
      fmt::format("AWS4-HMAC-SHA256 Credential={}/{},SignedHeaders={},Signature={}",
                  credentials.access_key, scope, names, signature));
  return headers;
}

}  // namespace aml::sot
