#include "bittensor/miner_client.h"

#include <curl/curl.h>

#include <algorithm>
#include <exception>
#include <memory>
#include <utility>

#include "base/error.h"
#include "base/http_client.h"
#include "base/threads.h"
#include "bittensor/attempt.h"
#include "bittensor/refusal.h"

namespace aml::bittensor {

namespace {

constexpr int kPollMs = 100;

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
        asked_by_its_clock_(questions.size()),
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

  // Where one of the two clocks is wrong, the miner's decides what is fresh: once more, by that.
  // Whom a request is for is signed, so nobody else can use it.
  bool asks_anew(std::size_t index) {
    const auto offset = attempts_[index]->clock_offset();
    if (!offset || asked_by_its_clock_[index] || stop_requested() || failure_) return false;
    asked_by_its_clock_[index] = true;
    auto again = std::make_unique<Attempt>(sender_, questions_[index], limits_,
                                           attempts_[index]->take_sink(), *offset);
    end(index);
    attempts_[index] = std::move(again);
    curl_multi_add_handle(multi_, attempts_[index]->handle());
    return true;
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
      if (asks_anew(index)) continue;
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
  std::vector<bool> asked_by_its_clock_;
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
