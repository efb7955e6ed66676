// How a validator asks miners and stores what they answer.
#include <algorithm>
#include <array>
#include <chrono>
#include <memory>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include "base/date.h"
#include "base/error.h"
#include "base/hex.h"
#include "base/log.h"
#include "base/parse_number.h"
#include "base/threads.h"
#include "validation/secret.h"
#include "validation/submission.h"
#include "validator/validator.h"

namespace aml::validator {

namespace {

constexpr std::size_t kChallengeBytes = 16;

AnswerRecord record_of(const MinerRecord& miner, const bittensor::Reply& reply) {
  AnswerRecord record;
  record.miner = miner;
  record.outcome = bittensor::outcome_name(reply.outcome);
  record.reason = reply.reason;
  record.request_payload = reply.request_payload;
  record.request_body = reply.request_body;
  if (reply.envelope) record.envelope = reply.envelope->to_json();
  record.seconds = reply.seconds;
  record.body_bytes = static_cast<std::int64_t>(
      reply.outcome == bittensor::AskOutcome::answered ? reply.body_bytes : 0);
  return record;
}

// Whether another try may bring more: the miner was not there, not ready, or slow, or one of the
// two clocks was wrong for a while (401).
bool may_answer_later(const bittensor::Reply& reply) {
  using bittensor::AskOutcome;
  return reply.outcome == AskOutcome::unreachable || reply.outcome == AskOutcome::too_late ||
         (reply.outcome == AskOutcome::refused &&
          (reply.status == 401 || reply.status == 404 || reply.status == 409 ||
           reply.status == 429 || reply.status == 503));
}

// How much of the round's window is left. The wall clock may jump; it can then only shorten or
// prolong the window within its length.
std::chrono::seconds window_left(const std::string& created_at, const std::string& now,
                                 std::chrono::seconds window) {
  constexpr std::size_t kDayLength = 10;
  const auto seconds = [](const std::string& text) -> std::int64_t {
    const auto date = Date::parse(text.substr(0, kDayLength));
    if (!date || text.size() < kDayLength + 10) return 0;
    const auto number = [&](std::size_t at) {
      return parse_number<std::int64_t>(std::string_view(text).substr(at, 2)).value_or(0);
    };
    return date->epoch_ms() / 1000 + number(11) * 3600 + number(14) * 60 + number(17);
  };
  const std::chrono::seconds passed(std::max<std::int64_t>(0, seconds(now) - seconds(created_at)));
  return std::max(std::chrono::seconds(0), window - passed);
}

}  // namespace

void Validator::store_answer(const RoundRecord& round, Asked asked, AnswerRecord record,
                             IncomingBody* body) {
  if (body != nullptr) record.body_sha256 = body->keep();
  ledger_.add_answer(round.date, asked, record);
  log::info("miner asked", {{"date", round.date},
                            {"asked", asked_name(asked)},
                            {"uid", record.miner.uid},
                            {"outcome", record.outcome},
                            {"why", record.reason},
                            {"bytes", record.body_bytes},
                            {"seconds", record.seconds}});
}

void Validator::ask(const RoundRecord& round, const Day& day, Asked asked,
                    const std::vector<MinerRecord>& miners, bool final_attempt) {
  std::vector<bittensor::Question> questions;
  for (const MinerRecord& miner : miners) {
    bittensor::Question question;
    const bool is_own = options_.own_hotkeys.contains(miner.hotkey);
    question.miner = {miner.host, static_cast<std::uint16_t>(miner.port), miner.hotkey,
                      is_own ? bittensor::Places::private_too : options_.places};
    question.request = {round.date, bittensor::ScoresKind::alert_scores, round.snapshot_sha256,
                        random_hex(kChallengeBytes)};
    questions.push_back(std::move(question));
  }
  // What would be refused for its size when it is judged is not fetched either.
  bittensor::AskLimits limits = options_.limits;
  limits.body_bytes =
      std::min(limits.body_bytes,
               static_cast<std::uint64_t>(validation::limits_for(day.alerts->size()).bytes));
  std::vector<std::shared_ptr<IncomingBody>> incoming(miners.size());
  const auto open_sink = [&](std::size_t i) -> bittensor::BodySink {
    incoming[i] = archive_.receive();
    return [&body = *incoming[i]](std::string_view bytes) {
      body.write(bytes);
      return true;
    };
  };
  const auto on_reply = [&](std::size_t i, const bittensor::Reply& reply) -> Asker::Work {
    auto body = std::exchange(incoming[i], nullptr);
    const bool is_final = final_attempt || !may_answer_later(reply);
    if (reply.outcome == bittensor::AskOutcome::stopped || !is_final) return {};
    const bool is_answered = reply.outcome == bittensor::AskOutcome::answered;
    if (is_answered) body->close();
    // Stored at once, so that a validator that dies now does not ask this miner again.
    return [&, is_answered, body, record = record_of(miners[i], reply)] {
      store_answer(round, asked, record, is_answered ? body.get() : nullptr);
    };
  };
  asker_.ask(hotkey_, questions, limits, open_sink, on_reply);
  throw_if_stop_requested();
}

void Validator::ask_everyone(const RoundRecord& round, const Day& day) {
  const std::vector<MinerRecord> enrolled = ledger_.enrolled(round.date);
  const auto end = clock_.now() +
                   window_left(round.created_at, utc_text(clock_.utc(), true), options_.ask_window);
  for (bool is_last = false; !is_last;) {
    is_last = clock_.now() + options_.ask_pause >= end;
    std::set<std::int64_t> done;
    for (const AnswerRecord& answer : ledger_.answers(round.date, Asked::first)) {
      done.insert(answer.miner.id);
    }
    std::vector<MinerRecord> missing;
    for (const MinerRecord& miner : enrolled) {
      if (done.count(miner.id) == 0) missing.push_back(miner);
    }
    if (missing.empty()) break;
    ask(round, day, Asked::first, missing, is_last);
    if (!is_last) clock_.wait(options_.ask_pause);
  }
  ledger_.set_asked(round.date);
}

void Validator::ask_some_again(const RoundRecord& round, const Day& day) {
  std::vector<MinerRecord> answered;
  for (const AnswerRecord& answer : ledger_.answers(round.date, Asked::first)) {
    if (!answer.body_sha256.empty()) answered.push_back(answer.miner);
  }
  std::set<std::int64_t> done;
  for (const AnswerRecord& answer : ledger_.answers(round.date, Asked::again)) {
    done.insert(answer.miner.id);
  }
  validation::SecretDraw draw(secret_, "again\n" + round.date);
  std::vector<MinerRecord> drawn;
  for (const std::size_t i : draw.sample(answered.size(), options_.asked_twice)) {
    if (done.count(answered[i].id) == 0) drawn.push_back(answered[i]);
  }
  if (!drawn.empty()) ask(round, day, Asked::again, drawn, true);
}

}  // namespace aml::validator
