#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "base/http_client.h"

// How S3 services refuse, in words of ours. Their own code and status stand in each sentence.
namespace aml::sot {

// The error code of an answer ("NoSuchKey"), or empty. A 200 may hold one, too: services that have
// begun to answer cannot change the status any more.
std::string s3_error_code(const HttpResponse& response);

// Whether the answer is what was asked for: 2xx, and no error in it.
bool is_success(const HttpResponse& response);

// Whether a later try may succeed: a status or a code that says that the service, or something
// before it, is busy, starting or broken for now.
bool asks_to_try_again(const HttpResponse& response);

// How long the service asks to wait (Retry-After, in seconds or as a date).
std::optional<std::chrono::milliseconds> asked_delay(const HttpResponse& response);

// Throws the Error for an answer that is no success. `address` is the object's ("s3://bucket/key"),
// `bucket` its bucket. The kind follows the service's error code where it sends one, otherwise the
// HTTP status.
[[noreturn]] void throw_s3_error(const HttpResponse& response, const std::string& address,
                                 const std::string& bucket);

}  // namespace aml::sot
