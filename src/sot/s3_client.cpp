#include "sot/s3_client.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/error.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/percent.h"
#include "sot/s3_errors.h"

namespace aml::sot {
namespace {

constexpr std::chrono::milliseconds kSlowStall{300'000};
constexpr std::uint64_t kLargeTransfer = 256 << 10;

}  // namespace

std::chrono::milliseconds longest_answer(const S3Request& request) {
  const auto fixed = request.is_slow ? std::chrono::seconds(kLongestSlowAnswer) : kLongestAnswer;
  return fixed + std::chrono::seconds((request.body.size() + request.to_come) / kSlowestRate);
}

S3Client::S3Client(S3Settings settings, std::string bucket, const StoreOptions& options)
    : settings_(std::move(settings)), bucket_(std::move(bucket)), options_(options) {
  const S3Endpoint& endpoint = settings_.endpoint;
  host_ = endpoint.authority();
  base_path_ = endpoint.base_path;
  if (settings_.path_style) {
    base_path_ += "/" + percent_encoded(bucket_, false);
  } else {
    host_ = bucket_ + "." + host_;
  }
  base_url_ = endpoint.scheme + "://" + host_;
}

std::unique_ptr<HttpClient> S3Client::borrow() {
  const std::lock_guard lock(mutex_);
  if (idle_.empty()) {
    return std::make_unique<HttpClient>();
  }
  auto client = std::move(idle_.back());
  idle_.pop_back();
  return client;
}

void S3Client::give_back(std::unique_ptr<HttpClient> client) {
  const std::lock_guard lock(mutex_);
  idle_.push_back(std::move(client));
}

HttpResponse S3Client::send_once(const S3Request& request, const HttpClient::Sink& sink,
                                 const HttpClient::Head& head) {
  RequestToSign to_sign;
  to_sign.method = request.method;
  to_sign.host = host_;
  to_sign.path = base_path_ + "/" + percent_encoded(request.key, true);
  to_sign.query = canonical_query(request.query);
  to_sign.headers = request.headers;

  HttpRequest http(request.answer_limit, longest_answer(request));
  http.method = request.method;
  http.url = base_url_ + to_sign.path + (to_sign.query.empty() ? "" : "?" + to_sign.query);
  http.body = request.body;
  http.connect_timeout = options_.connect_timeout;
  http.stall_timeout =
      request.is_slow ? std::max(options_.stall_timeout, kSlowStall) : options_.stall_timeout;
  // What is small may be slow.
  http.least_rate = request.body.size() + request.to_come > kLargeTransfer ? kSlowestRate : 1;
  http.ca_file = settings_.ca_file;
  http.headers = request.headers;
  if (settings_.credentials) {
    to_sign.payload_sha256 = hash_text(HashKind::sha256, request.body);
    http.headers = signed_headers(to_sign, *settings_.credentials, settings_.region,
                                  std::chrono::system_clock::now());
  }
  http.headers.emplace_back("Host", host_);  // the very bytes that were signed
  auto client = borrow();
  HttpResponse response = client->send(http, sink, head);
  give_back(std::move(client));
  return response;
}

void S3Client::wait_or_throw(Backoff& backoff, const HttpResponse& response,
                             const std::string& key) const {
  log::debug("the service asks to try again",
             {{"object", address(key)}, {"status", response.status}, {"try", backoff.tried()}});
  if (!backoff.wait(asked_delay(response))) {
    throw_s3_error(response, address(key), bucket_);
  }
}

HttpResponse S3Client::send(const S3Request& request, const HttpClient::Sink& sink) {
  Backoff backoff(options_.retry);
  while (true) {
    std::optional<HttpResponse> response;
    try {
      response = send_once(request, sink);
    } catch (const Error& e) {
      if (e.kind() != ErrorKind::unavailable) throw;
      log::debug("the transfer broke",
                 {{"object", address(request.key)}, {"why", e.what()}, {"try", backoff.tried()}});
      if (!backoff.wait()) throw;
    }
    if (!response) continue;
    if (is_success(*response) || !asks_to_try_again(*response)) return std::move(*response);
    wait_or_throw(backoff, *response, request.key);
  }
}

}  // namespace aml::sot
