#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/http_client.h"
#include "sot/object_store.h"
#include "sot/s3_settings.h"
#include "sot/s3_signature.h"

namespace aml::sot {

// One request to an S3 service.
struct S3Request {
  std::string method = "GET";
  std::string key = {};  // within the bucket; empty: the bucket itself
  QueryParameters query = {};
  HttpHeaders headers = {};    // names in lowercase
  std::string_view body = {};  // must remain alive during the request
  // Bytes of the answer that may stand in memory; those for a sink apart, which are `to_come`.
  std::uint64_t answer_limit = kSmallAnswer;
  std::uint64_t to_come = 0;
  // The service may work for minutes before it answers, with a blank now and then.
  bool is_slow = false;

  static constexpr std::uint64_t kSmallAnswer = 64 << 10;
};

// An answer may take so long, and for each byte on top of it what the slowest line may take. Pauses
// between tries do not count.
inline constexpr std::chrono::seconds kLongestAnswer{60};
inline constexpr std::chrono::minutes kLongestSlowAnswer{10};
inline constexpr std::uint32_t kSlowestRate = 1024;  // bytes a second over the stall timeout

// How long the answer to a request may take.
std::chrono::milliseconds longest_answer(const S3Request& request);

// Signs and sends requests to one bucket. Any thread may call; connections are kept for reuse.
class S3Client {
 public:
  S3Client(S3Settings settings, std::string bucket, const StoreOptions& options);

  const RetryPolicy& retry_policy() const { return options_.retry; }
  const std::string& bucket() const { return bucket_; }
  std::string address(const std::string& key) const { return "s3://" + bucket_ + "/" + key; }

  // One try; the answer whatever its status. Throws what HttpClient::send throws.
  HttpResponse send_once(const S3Request& request, const HttpClient::Sink& sink = nullptr,
                         const HttpClient::Head& head = nullptr);

  // Tries again by the policy where there is no answer, or one that asks for it (s3_errors.h); when
  // no try is left, throws what stands for the last. Any other answer is the caller's to judge.
  HttpResponse send(const S3Request& request, const HttpClient::Sink& sink = nullptr);

  // Waits before another try after this answer, or throws where none is left.
  void wait_or_throw(Backoff& backoff, const HttpResponse& response, const std::string& key) const;

 private:
  std::unique_ptr<HttpClient> borrow();
  void give_back(std::unique_ptr<HttpClient> client);

  S3Settings settings_;
  std::string bucket_;
  StoreOptions options_;
  std::string base_url_;   // "http://host:port"
  std::string host_;       // "host:port"
  std::string base_path_;  // "/bucket" or empty
  std::mutex mutex_;
  std::vector<std::unique_ptr<HttpClient>> idle_;
};

}  // namespace aml::sot
