#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/http_client.h"
#include "sot/s3_credentials.h"

// AWS Signature Version 4 for S3, as
// https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html defines it.
namespace aml::sot {

using QueryParameters = std::vector<std::pair<std::string, std::string>>;

// "a=1&b=", sorted and encoded; empty for none.
std::string canonical_query(QueryParameters parameters);

struct RequestToSign {
  std::string method;
  std::string host;            // with the port where it is not the scheme's own
  std::string path;            // encoded, begins with '/'
  std::string query;           // canonical_query()
  HttpHeaders headers;         // more headers to sign; names in lowercase
  std::string payload_sha256;  // lowercase hex
};

// The headers to send: those of the request and x-amz-date, x-amz-content-sha256,
// x-amz-security-token where there is one, and Authorization.
HttpHeaders signed_headers(const RequestToSign& request, const S3Credentials& credentials,
                           const std::string& region, std::chrono::system_clock::time_point now);

}  // namespace aml::sot
