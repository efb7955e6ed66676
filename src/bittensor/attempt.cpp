#include "bittensor/attempt.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <limits>
#include <utility>

#include "base/error.h"
#include "base/threads.h"
#include "bittensor/btauth.h"
#include "bittensor/refusal.h"

namespace aml::bittensor {

namespace {

constexpr std::size_t kLongestRefusal = 4'096;
// By how much a miner's clock may be another than ours for it to be asked by its own.
constexpr std::int64_t kLeastOffsetNs = 1'500'000'000;
constexpr std::int64_t kMostOffsetNs = 93'600'000'000'000;  // 26 hours

std::string url_of(const MinerAddress& miner, bool https) {
  return fmt::format("{}://{}{}", https ? "https" : "http", host_and_port(miner.host, miner.port),
                     kScoresPath);
}

}  // namespace

Attempt::Attempt(const Keypair& sender, const Question& question, const AskLimits& limits,
                 BodySink sink, std::int64_t offset_ns)
    : question_(question), limits_(limits), sink_(std::move(sink)) {
  if (handle_ == nullptr) throw Error(ErrorKind::internal, "libcurl gave no handle");
  reply_.request_body = question.request.to_json();
  SignedRequest request = btauth_sign(sender, "POST", kScoresPath, reply_.request_body,
                                      question.miner.hotkey, next_nonce() + offset_ns);
  reply_.request_payload = std::move(request.payload);
  request.headers.emplace_back("Content-Type", "application/json");
  for (const auto& [name, value] : request.headers) {
    fields_ = curl_slist_append(fields_, (name + ": " + value).c_str());
  }
  fields_ = curl_slist_append(fields_, "Expect:");
  set_options();
}

Attempt::~Attempt() {
  curl_easy_cleanup(handle_);
  curl_slist_free_all(fields_);
}

void Attempt::set_options() {
  const auto set = [this](CURLoption option, auto value) {
    if (curl_easy_setopt(handle_, option, value) != CURLE_OK) {
      throw Error(ErrorKind::internal, "libcurl refused an option");
    }
  };
  set(CURLOPT_URL, url_of(question_.miner, limits_.https).c_str());
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_PROXY, "");  // miners are addresses of the chain
  set(CURLOPT_FOLLOWLOCATION, 0L);
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_BUFFERSIZE, 512L * 1024);
  set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(limits_.connect_timeout.count()));
  set(CURLOPT_TIMEOUT_MS, static_cast<long>(limits_.deadline.count()));
  set(CURLOPT_LOW_SPEED_LIMIT, 1L);
  set(CURLOPT_LOW_SPEED_TIME, std::max<long>(1, limits_.stall_timeout.count() / 1000));
  if (!limits_.accept_encoding.empty()) {
    set(CURLOPT_ACCEPT_ENCODING, limits_.accept_encoding.c_str());
  }
  set(CURLOPT_POST, 1L);
  set(CURLOPT_POSTFIELDS, reply_.request_body.data());
  set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(reply_.request_body.size()));
  set(CURLOPT_HTTPHEADER, fields_);
  set(CURLOPT_HEADERFUNCTION, &on_header);
  set(CURLOPT_HEADERDATA, this);
  set(CURLOPT_WRITEFUNCTION, &on_body);
  set(CURLOPT_WRITEDATA, this);
  set(CURLOPT_NOPROGRESS, 0L);
  set(CURLOPT_XFERINFOFUNCTION, &on_progress);
  set(CURLOPT_XFERINFODATA, this);
  set(CURLOPT_PRIVATE, this);
  // An identity that is bound to a hotkey needs no certificate of a name: the envelope is signed.
  set(CURLOPT_SSL_VERIFYPEER, 0L);
  set(CURLOPT_SSL_VERIFYHOST, 0L);
}

bool Attempt::give_up(AskOutcome outcome, std::string reason) {
  given_up_ = true;
  reply_.outcome = outcome;
  reply_.reason = std::move(reason);
  return false;
}

// Checks what can be checked before the body; false ends the transfer.
bool Attempt::take_head() {
  head_taken_ = true;
  try {
    reply_.envelope = Envelope::from_headers(headers_);
  } catch (const Error& e) {
    return give_up(AskOutcome::unproven, e.what());
  }
  // Of the flaws, that of the body is looked for last: it is the only one that may still mend.
  if (auto flaw =
          find_flaw(reply_.evidence(), question_.miner.hotkey, reply_.envelope->body_sha256)) {
    reply_.envelope.reset();
    return give_up(AskOutcome::unproven, std::move(*flaw));
  }
  return true;
}

bool Attempt::take(std::string_view bytes) {
  long status = 0;
  curl_easy_getinfo(handle_, CURLINFO_RESPONSE_CODE, &status);
  if (status != 200) {
    refusal_.append(bytes.substr(0, kLongestRefusal - std::min(kLongestRefusal, refusal_.size())));
    return refusal_.size() < kLongestRefusal;
  }
  if (!head_taken_ && !take_head()) return false;
  if (bytes.size() > limits_.body_bytes - reply_.body_bytes) {
    return give_up(AskOutcome::too_large,
                   fmt::format("the body is over {} bytes", limits_.body_bytes));
  }
  reply_.body_bytes += bytes.size();
  hasher_.update(bytes);
  if (sink_ && !sink_(bytes)) return give_up(AskOutcome::stopped, "the sink took no more");
  return true;
}

std::size_t Attempt::on_header(char* data, std::size_t, std::size_t size, void* self) {
  HttpHeaders& headers = static_cast<Attempt*>(self)->headers_;
  const std::string_view line(data, size);
  if (line.starts_with("HTTP/")) headers.clear();  // an answer after 100 Continue
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return size;
  std::string_view value = line.substr(colon + 1);
  const std::size_t first = value.find_first_not_of(" \t\r\n");
  value = first == std::string_view::npos
              ? std::string_view{}
              : value.substr(first, value.find_last_not_of(" \t\r\n") - first + 1);
  headers.emplace_back(line.substr(0, colon), value);
  return size;
}

std::size_t Attempt::on_body(char* data, std::size_t, std::size_t size, void* self) {
  Attempt& attempt = *static_cast<Attempt*>(self);
  try {
    if (attempt.take({data, size})) return size;
  } catch (...) {  // of a sink; exceptions must not pass through C
    attempt.failure_ = std::current_exception();
    attempt.give_up(AskOutcome::stopped, "the sink failed");
  }
  return CURL_WRITEFUNC_ERROR;
}

int Attempt::on_progress(void* self, curl_off_t, curl_off_t received, curl_off_t, curl_off_t) {
  Attempt& attempt = *static_cast<Attempt*>(self);
  if (static_cast<std::uint64_t>(received) > attempt.limits_.body_bytes) {
    attempt.give_up(AskOutcome::too_large,
                    fmt::format("more than {} bytes were sent", attempt.limits_.body_bytes));
    return 1;
  }
  return stop_requested() ? 1 : 0;
}

std::optional<std::int64_t> Attempt::clock_offset() const {
  constexpr std::int64_t kNsPerSecond = 1'000'000'000;
  constexpr int kNotAuthenticated = 401;
  long status = 0;
  curl_easy_getinfo(handle_, CURLINFO_RESPONSE_CODE, &status);
  if (status != kNotAuthenticated) return std::nullopt;
  for (const auto& [name, value] : headers_) {
    if (!curl_strequal(name.c_str(), "Date")) continue;
    const std::time_t second = curl_getdate(value.c_str(), nullptr);
    if (second <= 0 || second > std::numeric_limits<std::int64_t>::max() / kNsPerSecond) continue;
    const std::int64_t offset = second * kNsPerSecond - unix_time_ns();
    const std::int64_t size = std::abs(offset);
    if (size >= kLeastOffsetNs && size <= kMostOffsetNs) return offset;
  }
  return std::nullopt;
}

bool Attempt::has_connected() const {
  curl_off_t microseconds = 0;
  curl_easy_getinfo(handle_, CURLINFO_CONNECT_TIME_T, &microseconds);
  return microseconds > 0;
}

void Attempt::judge(CURLcode code) {
  const std::string words = curl_easy_strerror(code);  // never bytes of the answer
  if (reply_.status != 0 && reply_.status != 200) {
    reply_.detail = refusal_detail(refusal_);
    give_up(AskOutcome::refused, refusal_reason(reply_.status));
  } else if (code == CURLE_OPERATION_TIMEDOUT) {
    give_up(has_connected() ? AskOutcome::too_late : AskOutcome::unreachable, words);
  } else if (code == CURLE_ABORTED_BY_CALLBACK) {
    give_up(AskOutcome::stopped, "the program was asked to stop");
  } else if (code != CURLE_OK) {
    give_up(AskOutcome::unreachable, words);
  } else if (!head_taken_ && !take_head()) {
    return;  // a 200 without a body
  } else if (auto flaw = find_flaw(reply_.evidence(), question_.miner.hotkey, hasher_.finish())) {
    give_up(AskOutcome::unproven, std::move(*flaw));
  } else {
    reply_.outcome = AskOutcome::answered;
  }
}

Reply Attempt::finish(CURLcode code) {
  long status = 0;
  curl_off_t received = 0;
  curl_easy_getinfo(handle_, CURLINFO_RESPONSE_CODE, &status);
  curl_easy_getinfo(handle_, CURLINFO_SIZE_DOWNLOAD_T, &received);
  reply_.status = static_cast<int>(status);
  reply_.wire_bytes = static_cast<std::uint64_t>(received);
  if (!given_up_) judge(code);
  reply_.seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - started_).count();
  return std::move(reply_);
}

}  // namespace aml::bittensor
