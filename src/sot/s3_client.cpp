#include "sot/s3_client.h"

#include <fmt/format.h>

#include <charconv>

#include "base/error.h"
#include "base/hash.h"
#include "base/log.h"
#include "sot/s3_answers.h"

namespace aml::sot {
namespace {

// Retry-After in seconds; its other form, a date, is ignored.
std::optional<std::chrono::milliseconds> asked_delay(const HttpResponse& response) {
  const auto text = response.header("retry-after");
  int seconds = 0;
  if (!text ||
      std::from_chars(text->data(), text->data() + text->size(), seconds).ec != std::errc{}) {
    return std::nullopt;
  }
  return std::chrono::seconds(seconds);
}

}  // namespace

S3Client::S3Client(S3Settings settings, std::string bucket, const StoreOptions& options)
    : settings_(std::move(settings)), bucket_(std::move(bucket)), options_(options) {
  const auto scheme_end = settings_.endpoint.find("://") + 3;
  const std::string scheme = settings_.endpoint.substr(0, scheme_end);
  host_ = settings_.endpoint.substr(scheme_end);
  if (const auto slash = host_.find('/'); slash != std::string::npos) {
    base_path_ = host_.substr(slash);
    host_.resize(slash);
  }
  if (settings_.path_style) {
    base_path_ += "/" + bucket_;
  } else {
    host_ = bucket_ + "." + host_;
  }
  base_url_ = scheme + host_;
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

HttpResponse S3Client::send_once(const S3Request& request, const HttpClient::Sink& sink) {
  RequestToSign to_sign;
  to_sign.method = request.method;
  to_sign.host = host_;
  to_sign.path = base_path_ + "/" + percent_encoded(request.key, true);
  to_sign.query = canonical_query(request.query);
  to_sign.headers = request.headers;

  HttpRequest http;
  http.method = request.method;
  http.url = base_url_ + to_sign.path + (to_sign.query.empty() ? "" : "?" + to_sign.query);
  http.body = request.body;
  http.connect_timeout = options_.connect_timeout;
  http.stall_timeout = options_.stall_timeout;
  http.ca_file = settings_.ca_file;
  http.headers = request.headers;
  if (settings_.credentials) {
    to_sign.payload_sha256 = hash_text(HashKind::sha256, request.body);
    http.headers = signed_headers(to_sign, *settings_.credentials, settings_.region,
                                  std::chrono::system_clock::now());
  }
  auto client = borrow();
  HttpResponse response = client->send(http, sink);
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

HttpResponse S3Client::send(const S3Request& request) {
  Backoff backoff(options_.retry);
  while (true) {
    try {
      HttpResponse response = send_once(request);
      if (!is_retryable_status(response.status)) {
        return response;
      }
      wait_or_throw(backoff, response, request.key);
    } catch (const Error& e) {
      if (e.kind() != ErrorKind::unavailable || backoff.tried() >= options_.retry.attempts) {
        throw;
      }
      log::debug("the transfer broke, trying again",
                 {{"object", address(request.key)}, {"why", e.what()}, {"try", backoff.tried()}});
      backoff.wait();
    }
  }
}

}  // namespace aml::sot
