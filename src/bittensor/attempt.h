#pragma once

#include <curl/curl.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <optional>
#include <string>
#include <string_view>

#include "base/hash.h"
#include "base/http_client.h"
#include "bittensor/miner_client.h"

namespace aml::bittensor {

// One question under way.
class Attempt {
 public:
  // Signed as of a clock that is `offset_ns` ahead of ours.
  Attempt(const Keypair& sender, const Question& question, const AskLimits& limits, BodySink sink,
          std::int64_t offset_ns = 0);
  ~Attempt();
  Attempt(const Attempt&) = delete;
  Attempt& operator=(const Attempt&) = delete;

  CURL* handle() const { return handle_; }
  // What came of it, once libcurl is done with it.
  Reply finish(CURLcode code);
  std::exception_ptr failure() const { return failure_; }
  // How far the clock of a miner that did not know us is ahead of ours, where that may be why.
  std::optional<std::int64_t> clock_offset() const;
  BodySink take_sink() { return std::move(sink_); }

 private:
  void set_options();
  bool take_head();
  bool take(std::string_view bytes);
  bool give_up(AskOutcome outcome, std::string reason);
  bool has_connected() const;
  void judge(CURLcode code);
  static std::size_t on_header(char* data, std::size_t, std::size_t size, void* self);
  static std::size_t on_body(char* data, std::size_t, std::size_t size, void* self);
  static int on_progress(void* self, curl_off_t, curl_off_t received, curl_off_t, curl_off_t);

  const Question& question_;
  const AskLimits& limits_;
  BodySink sink_;
  std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
  CURL* handle_ = curl_easy_init();
  curl_slist* fields_ = nullptr;
  HttpHeaders headers_;
  Hasher hasher_{HashKind::sha256};
  std::string refusal_;
  bool head_taken_ = false;
  bool given_up_ = false;
  std::exception_ptr failure_;
  Reply reply_;
};

}  // namespace aml::bittensor
