#include "sot/s3_errors.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <ctime>
#include <string_view>

#include "base/error.h"
#include "sot/s3_answers.h"
#include "sot/xml.h"

namespace aml::sot {
namespace {

constexpr std::size_t kLongestQuote = 200;

// What a service says becomes part of a sentence on someone's terminal.
std::string quotable(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c >= 0x7F; }, '?');
  if (text.size() > kLongestQuote) text.resize(kLongestQuote);
  return text;
}

struct Refusal {
  std::string code;
  std::string message;
  std::string region;
  std::string endpoint;
};

// An error document may be cut off by the bound of the request; what was read of it counts.
Refusal read_refusal(const HttpResponse& response) {
  Refusal refusal;
  static_cast<void>(read_xml(response.body, [&](std::string_view path, const std::string& text) {
    if (path.starts_with("ErrorResponse/"))
      path.remove_prefix(std::string_view("ErrorResponse/").size());
    if (path == "Error/Code") {
      refusal.code = quotable(text);
    } else if (path == "Error/Message") {
      refusal.message = quotable(text);
    } else if (path == "Error/Region") {
      refusal.region = quotable(text);
    } else if (path == "Error/Endpoint") {
      refusal.endpoint = quotable(text);
    }
  }));
  if (const auto region = response.header("x-amz-bucket-region")) {
    refusal.region = quotable(*region);
  }
  return refusal;
}

struct Meaning {
  std::string_view code;
  ErrorKind kind;
  std::string_view sentence;  // {0}: address, {1}: bucket
};

// https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html, and MinIO's own.
constexpr std::array kMeanings = {
    Meaning{"NoSuchBucket", ErrorKind::not_found,
            "there is no bucket '{1}' (asked for {0}): check --sot and S3_BUCKET"},
    Meaning{"InvalidBucketName", ErrorKind::usage,
            "'{1}' can be no bucket (asked for {0}): check --sot and S3_BUCKET"},
    Meaning{"NoSuchKey", ErrorKind::not_found, "there is no object {0}"},
    Meaning{"InvalidAccessKeyId", ErrorKind::denied,
            "{0}: the service does not know this access key: check S3_ACCESS_KEY"},
    Meaning{"XAdminUserNotFound", ErrorKind::denied,  // versitygw's
            "{0}: the service does not know this access key: check S3_ACCESS_KEY"},
    Meaning{"InvalidAccessKey", ErrorKind::denied,
            "{0}: the service does not know this access key: check S3_ACCESS_KEY"},
    Meaning{
        "SignatureDoesNotMatch", ErrorKind::denied,
        "{0}: the secret key does not belong to the access key, or something on the way changed "
        "the request: check S3_SECRET_KEY and S3_ENDPOINT"},
    Meaning{"ExpiredToken", ErrorKind::denied,
            "{0}: the session token has expired: get new credentials and set S3_SESSION_TOKEN"},
    Meaning{"TokenRefreshRequired", ErrorKind::denied,
            "{0}: the session token has expired: get new credentials and set S3_SESSION_TOKEN"},
    Meaning{"InvalidToken", ErrorKind::denied,
            "{0}: the session token is malformed: check S3_SESSION_TOKEN"},
    Meaning{"InvalidTokenId", ErrorKind::denied,
            "{0}: the session token is not known: check S3_SESSION_TOKEN"},
    Meaning{
        "AccessDenied", ErrorKind::denied,
        "{0}: access is denied: the credentials are wrong, missing, or may not do this (services "
        "answer so for a missing object, too, where s3:ListBucket is not allowed)"},
    Meaning{"AllAccessDisabled", ErrorKind::denied, "{0}: the service has closed this bucket"},
    Meaning{"AccountProblem", ErrorKind::denied, "{0}: the service has closed this account"},
    Meaning{"InvalidObjectState", ErrorKind::unavailable,
            "{0}: the object is archived: ask its producer to restore it"},
    Meaning{"NotImplemented", ErrorKind::unavailable,
            "{0}: the service does not know this request"},
    Meaning{"SlowDown", ErrorKind::unavailable, "{0}: the service asks for fewer requests"},
    Meaning{"XMinioServerNotInitialized", ErrorKind::unavailable,
            "{0}: the service is still starting"},
    Meaning{"XMinioStorageFull", ErrorKind::unavailable, "{0}: the service's own disks are full"},
    Meaning{"XMinioAdminBucketQuotaExceeded", ErrorKind::unavailable,
            "{0}: the bucket '{1}' has reached its quota"},
    Meaning{"QuotaExceeded", ErrorKind::unavailable, "{0}: the bucket '{1}' has reached its quota"},
    Meaning{"NoSuchUpload", ErrorKind::unavailable,
            "{0}: the service no longer knows the upload: run the command again"},
    Meaning{"PreconditionFailed", ErrorKind::unavailable,
            "{0} changed while it was read: run the command again"},
    Meaning{"InvalidRange", ErrorKind::unavailable,
            "{0} changed while it was read: run the command again"},
};

constexpr std::array<std::string_view, 16> kPassing = {
    "InternalError",        "InternalFailure",
    "ServiceUnavailable",   "SlowDown",
    "RequestTimeout",       "RequestTimeoutException",
    "OperationAborted",     "BandwidthLimitExceeded",
    "Throttling",           "ThrottlingException",
    "ThrottledException",   "RequestThrottled",
    "TooManyRequests",      "PriorRequestNotComplete",
    "RequestLimitExceeded", "XMinioServerNotInitialized"};

// "(NoSuchKey, status 404)"
std::string said(const HttpResponse& response, const Refusal& refusal) {
  return refusal.code.empty() ? fmt::format("(HTTP status {})", response.status)
                              : fmt::format("({}, status {})", refusal.code, response.status);
}

bool is_redirect(const HttpResponse& response, const Refusal& refusal) {
  return (response.status >= 300 && response.status <= 399 && response.status != 304) ||
         refusal.code == "PermanentRedirect" || refusal.code == "TemporaryRedirect" ||
         refusal.code == "IllegalLocationConstraintException";
}

// Requests are not sent on: a signature is for one host and region, and what an endpoint points to
// may be anyone.
[[noreturn]] void throw_redirect(const HttpResponse& response, const Refusal& refusal,
                                 const std::string& address, const std::string& bucket) {
  std::string advice = "check S3_ENDPOINT and S3_REGION";
  std::string where = refusal.endpoint;
  if (where.empty()) where = quotable(response.header("location").value_or(""));
  if (!refusal.region.empty()) {
    advice = fmt::format(
        "set S3_REGION={0} (and S3_ENDPOINT to the service's address in {0}, where "
        "it is set)",
        refusal.region);
  } else if (!where.empty()) {
    advice =
        fmt::format("the service points to {}: set S3_ENDPOINT and S3_REGION accordingly", where);
  }
  throw Error(ErrorKind::usage, fmt::format("{}: the bucket '{}' lives at another endpoint {}: {}",
                                            address, bucket, said(response, refusal), advice));
}

[[noreturn]] void throw_skewed(const HttpResponse& response, const Refusal& refusal,
                               const std::string& address) {
  std::string far = "too far from the service's";
  if (const auto theirs = http_date(response.header("date").value_or(""))) {
    const long minutes = static_cast<long>(std::difftime(std::time(nullptr), *theirs) / 60);
    if (minutes == 0) {
      throw Error(ErrorKind::denied,
                  fmt::format("{}: the service says that this machine's clock is wrong {}, but "
                              "dates its answer as this machine would: the request came late; look "
                              "for a proxy that holds requests back, and run the command again",
                              address, said(response, refusal)));
    }
    far = fmt::format("{} minute{} {} the service's", std::labs(minutes),
                      std::labs(minutes) == 1 ? "" : "s", minutes < 0 ? "behind" : "ahead of");
  }
  throw Error(ErrorKind::denied, fmt::format("{}: this machine's clock is {} {}: set the clock",
                                             address, far, said(response, refusal)));
}

[[noreturn]] void throw_by_status(const HttpResponse& response, const Refusal& refusal,
                                  const std::string& address) {
  const std::string what = said(response, refusal);
  // A gateway's own page has no code.
  const std::string from =
      refusal.code.empty() ? "; the answer is none of S3's, so a proxy or gateway may have given it"
                           : "";
  switch (response.status) {
    case 401:
    case 403:
      throw Error(ErrorKind::denied,
                  fmt::format("{}: access is denied {}: check S3_ACCESS_KEY and S3_SECRET_KEY{}",
                              address, what, from));
    case 404:
      throw Error(ErrorKind::not_found, fmt::format("there is no object {} {}", address, what));
    case 407:
      throw Error(ErrorKind::denied, fmt::format("{}: the proxy wants credentials {}: check "
                                                 "http_proxy",
                                                 address, what));
    case 412:
    case 416:
      throw Error(
          ErrorKind::unavailable,
          fmt::format("{} changed while it was read {}: run the command again", address, what));
    default:
      throw Error(ErrorKind::unavailable,
                  fmt::format("{}: the service answered {}{}{}", address, what,
                              refusal.message.empty() ? "" : ": " + refusal.message, from));
  }
}

}  // namespace

std::string s3_error_code(const HttpResponse& response) { return read_refusal(response).code; }

bool is_success(const HttpResponse& response) {
  return response.status >= 200 && response.status <= 299 &&
         (response.body.empty() || s3_error_code(response).empty());
}

bool asks_to_try_again(const HttpResponse& response) {
  if (is_retryable_status(response.status)) return true;
  const std::string code = s3_error_code(response);
  if (std::find(kPassing.begin(), kPassing.end(), code) != kPassing.end()) return true;
  // Gateways have statuses of their own (509, 520 to 527, …). 501: not implemented, 505: no HTTP
  // that is known, 507: full.
  return response.status >= 500 && response.status != 501 && response.status != 505 &&
         response.status != 507;
}

std::optional<std::chrono::milliseconds> asked_delay(const HttpResponse& response) {
  const auto text = response.header("retry-after");
  if (!text) return std::nullopt;
  int seconds = 0;
  const auto [end, failed] = std::from_chars(text->data(), text->data() + text->size(), seconds);
  if (failed == std::errc{} && end == text->data() + text->size()) {
    return std::chrono::seconds(std::max(0, seconds));
  }
  const auto when = http_date(*text);
  if (!when) return std::nullopt;
  return std::chrono::seconds(
      std::clamp<std::int64_t>(static_cast<std::int64_t>(*when - std::time(nullptr)), 0, 86'400));
}

void throw_s3_error(const HttpResponse& response, const std::string& address,
                    const std::string& bucket) {
  const Refusal refusal = read_refusal(response);
  if (is_redirect(response, refusal)) throw_redirect(response, refusal, address, bucket);
  if (refusal.code == "RequestTimeTooSkewed") throw_skewed(response, refusal, address);
  if (refusal.code == "AuthorizationHeaderMalformed") {
    throw Error(ErrorKind::denied,
                fmt::format("{}: the request was signed for another region {}: {}", address,
                            said(response, refusal),
                            refusal.region.empty() ? "check S3_REGION"
                                                   : "set S3_REGION=" + refusal.region));
  }
  for (const Meaning& meaning : kMeanings) {
    if (meaning.code == refusal.code) {
      throw Error(meaning.kind,
                  fmt::format("{} {}", fmt::format(fmt::runtime(meaning.sentence), address, bucket),
                              said(response, refusal)));
    }
  }
  throw_by_status(response, refusal, address);
}

}  // namespace aml::sot
