#include "bittensor/miner_client.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <memory>
#include <utility>

#include "base/error.h"
#include "base/hash.h"
#include "base/http_client.h"
#include "base/threads.h"
#include "bittensor/btauth.h"
#include "bittensor/refusal.h"

namespace aml::bittensor {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kLongestRefusal = 4'096;
constexpr int kPollMs = 100;

std::string url_of(const MinerAddress& miner, bool https) {
  return fmt::format("{}://{}{}", https ? "https" : "http", host_and_port(miner.host, miner.port),
                     kScoresPath);
}

// One question under way.
class Attempt {
 public:
  Attempt(const Keypair& sender, const Question& question, const AskLimits& limits, BodySink sink);
  ~Attempt();
  Attempt(const Attempt&) = delete;
  Attempt& operator=(const Attempt&) = delete;

  CURL* handle() const { return handle_; }
  // What came of it, once libcurl is done with it.
  Reply finish(CURLcode code);
  std::exception_ptr failure() const { return failure_; }

 private:
  void set_options();
  bool take_head();
  bool take(std::string_view bytes);
  bool give_up(AskOutcome outcome, std::string reason);
  void judge(CURLcode code);
  static std::size_t on_header(char* data, std::size_t, std::size_t size, void* self);
  static std::size_t on_body(char* data, std::size_t, std::size_t size, void* self);
  static int on_progress(void* self, curl_off_t, curl_off_t received, curl_off_t, curl_off_t);

  const Question& question_;
  const AskLimits& limits_;
  BodySink sink_;
  Clock::time_point started_ = Clock::now();
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

Attempt::Attempt(const Keypair& sender, const Question& question, const AskLimits& limits,
                 BodySink sink)
    : question_(question), limits_(limits), sink_(std::move(sink)) {
  if (handle_ == nullptr) throw Error(ErrorKind::internal, "libcurl gave no handle");
  reply_.request_body = question.request.to_json();
  SignedRequest request =
      btauth_sign(sender, "POST", kScoresPath, reply_.request_body, question.miner.hotkey);
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

void Attempt::judge(CURLcode code) {
  const std::string words = curl_easy_strerror(code);  // never bytes of the answer
  if (reply_.status != 0 && reply_.status != 200) {
    reply_.detail = refusal_detail(refusal_);
    give_up(AskOutcome::refused, refusal_reason(reply_.status));
  } else if (code == CURLE_OPERATION_TIMEDOUT) {
    give_up(AskOutcome::too_late, words);
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
  reply_.seconds = std::chrono::duration<double>(Clock::now() - started_).count();
  return std::move(reply_);
}

// All attempts, at most so many at once.
class Round {
 public:
  Round(const Keypair& sender, std::span<const Question> questions, const AskLimits& limits,
        const std::function<BodySink(std::size_t)>& open_sink,
        const std::function<void(std::size_t, const Reply&)>& on_reply)
      : sender_(sender),
        questions_(questions),
        limits_(limits),
        open_sink_(open_sink),
        on_reply_(on_reply),
        attempts_(questions.size()),
        replies_(questions.size()) {
    if (multi_ == nullptr) throw Error(ErrorKind::internal, "libcurl gave no handle");
  }
  ~Round() {
    for (std::size_t i = 0; i < next_; ++i) end(i);
    curl_multi_cleanup(multi_);
  }
  Round(const Round&) = delete;
  Round& operator=(const Round&) = delete;

  std::vector<Reply> run() {
    start_more();
    while (running_ > 0) {
      int ignored = 0;
      curl_multi_perform(multi_, &ignored);
      collect();
      start_more();
      if (running_ > 0) curl_multi_poll(multi_, nullptr, 0, kPollMs, nullptr);
    }
    if (failure_) std::rethrow_exception(failure_);
    return std::move(replies_);
  }

 private:
  void start_more() {
    for (; next_ < questions_.size() && running_ < std::max<std::size_t>(1, limits_.at_once);
         ++next_) {
      if (stop_requested() || failure_) {
        replies_[next_].outcome = AskOutcome::stopped;
        replies_[next_].reason = "the program was asked to stop";
        continue;
      }
      if (auto flaw = flaw_of_place(questions_[next_].miner)) {
        replies_[next_].outcome = AskOutcome::not_asked;
        replies_[next_].reason = std::move(*flaw);
        if (on_reply_) on_reply_(next_, replies_[next_]);
        continue;
      }
      attempts_[next_] = std::make_unique<Attempt>(sender_, questions_[next_], limits_,
                                                   open_sink_ ? open_sink_(next_) : BodySink{});
      curl_multi_add_handle(multi_, attempts_[next_]->handle());
      ++running_;
    }
  }

  void collect() {
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
      if (message->msg != CURLMSG_DONE) continue;
      const CURLcode code = message->data.result;
      const auto found = std::find_if(attempts_.begin(), attempts_.end(), [&](const auto& attempt) {
        return attempt && attempt->handle() == message->easy_handle;
      });
      const auto index = static_cast<std::size_t>(found - attempts_.begin());
      replies_[index] = (*found)->finish(code);
      if (!failure_) failure_ = (*found)->failure();
      end(index);
      --running_;
      if (on_reply_ && !failure_) on_reply_(index, replies_[index]);
    }
  }

  void end(std::size_t index) {
    if (!attempts_[index]) return;
    curl_multi_remove_handle(multi_, attempts_[index]->handle());
    attempts_[index].reset();
  }

  const Keypair& sender_;
  std::span<const Question> questions_;
  const AskLimits& limits_;
  const std::function<BodySink(std::size_t)>& open_sink_;
  const std::function<void(std::size_t, const Reply&)>& on_reply_;
  CURLM* multi_ = curl_multi_init();
  std::vector<std::unique_ptr<Attempt>> attempts_;
  std::vector<Reply> replies_;
  std::size_t next_ = 0;
  std::size_t running_ = 0;
  std::exception_ptr failure_;
};

}  // namespace

std::string_view outcome_name(AskOutcome outcome) {
  switch (outcome) {
    case AskOutcome::answered:
      return "answered";
    case AskOutcome::refused:
      return "refused";
    case AskOutcome::unreachable:
      return "unreachable";
    case AskOutcome::too_late:
      return "too_late";
    case AskOutcome::too_large:
      return "too_large";
    case AskOutcome::unproven:
      return "unproven";
    case AskOutcome::not_asked:
      return "not_asked";
    case AskOutcome::stopped:
      break;
  }
  return "stopped";
}

std::vector<Reply> ask_all(const Keypair& sender, std::span<const Question> questions,
                           const AskLimits& limits,
                           const std::function<BodySink(std::size_t index)>& open_sink,
                           const std::function<void(std::size_t, const Reply&)>& on_reply) {
  const HttpClient initializes_libcurl;
  return Round(sender, questions, limits, open_sink, on_reply).run();
}

Reply ask(const Keypair& sender, const Question& question, const AskLimits& limits,
          const BodySink& sink) {
  return std::move(
      ask_all(sender, {&question, 1}, limits, [&](std::size_t) { return sink; }).front());
}

}  // namespace aml::bittensor
