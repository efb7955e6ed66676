#include "sot/s3_object.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "base/error.h"
#include "base/log.h"
#include "sot/s3_answers.h"
#include "sot/s3_errors.h"

namespace aml::sot {
namespace {

// A 404 may also say that there is no bucket, no account, no such page of a gateway.
bool is_missing(const HttpResponse& response) {
  constexpr std::array<std::string_view, 5> kMissing = {"", "NoSuchKey", "NotFound",
                                                        "ObjectNotFound", "BlobNotFound"};
  return response.status == 404 &&
         std::find(kMissing.begin(), kMissing.end(), s3_error_code(response)) != kMissing.end();
}

}  // namespace

std::optional<ObjectInfo> stat_object(S3Client& client, const std::string& key) {
  S3Request request{.method = "HEAD", .key = key};
  HttpResponse response = client.send(request);
  if (response.status == 200) {
    if (const auto info = object_info("HEAD", response)) return info;
  }
  // An answer to HEAD has no body and so no reason; one to GET has. One byte is asked for, and of a
  // service that sends all of the object no more is taken.
  request.method = "GET";
  request.headers = {{"range", "bytes=0-0"}};
  response = client.send(request, [](std::string_view bytes) { return bytes.size() <= 1; });
  if (is_missing(response)) {
    if (s3_error_code(response).empty() && !response.body.empty()) {
      log::warning("a 404 that is none of S3's is taken for a missing object",
                   {{"object", client.address(key)}});
    }
    return std::nullopt;
  }
  if (response.status == 200 || response.status == 206 || response.status == 416) {
    if (const auto info = object_info("GET", response)) return info;
    throw Error(
        ErrorKind::unavailable,
        fmt::format("{}: the service does not say how long the object is", client.address(key)));
  }
  throw_s3_error(response, client.address(key), client.bucket());
}

}  // namespace aml::sot
