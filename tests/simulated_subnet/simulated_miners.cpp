#include "simulated_miners.h"

#include <algorithm>
#include <deque>
#include <utility>

#include "base/error.h"
#include "base/hash.h"
#include "bittensor/btauth.h"

namespace aml::simulated {

using bittensor::AskOutcome;
using bittensor::Reply;

std::vector<Miner> make_miners() {
  std::vector<Miner> miners;
  for (int i = 0; i < kKinds; ++i) {
    miners.push_back({static_cast<Kind>(i),
                      bittensor::Keypair::from_dev_uri("//miner//" + std::to_string(i)),
                      static_cast<std::uint64_t>(i + 1)});
  }
  return miners;
}

SimulatedMiners::SimulatedMiners(World& world, const SimulatedDays& days)
    : world_(world), days_(days), miners_(make_miners()) {}

const Miner& SimulatedMiners::of(const std::string& hotkey) const {
  const auto found = std::find_if(miners_.begin(), miners_.end(),
                                  [&](const Miner& miner) { return miner.key.ss58() == hotkey; });
  if (found == miners_.end()) throw Broken("somebody is asked who is no miner: " + hotkey);
  return *found;
}

std::string SimulatedMiners::body_of(const Miner& miner, const std::string& date) {
  const DayValues& day = days_.values(date);
  switch (miner.kind) {
    case Kind::good:
    case Kind::copier:
      return submission_text(date, day.ids, day.scores(1, 1));
    case Kind::garbage:
      return "[[[[" + std::to_string(world_.random.below(1000));
    case Kind::fickle:
      return submission_text(date, day.ids, day.scores(1000 + world_.random.below(1000), 0.3));
    case Kind::infinite: {
      std::string text = submission_text(date, day.ids, day.scores(miner.model, 0.5));
      for (auto at = text.find("0.25"); at != std::string::npos; at = text.find("0.25", at)) {
        text.replace(at, 4, "1e308");
      }
      return text;
    }
    default:
      return submission_text(date, day.ids, day.scores(miner.model, 0.2));
  }
}

Reply SimulatedMiners::reply_to(const bittensor::Keypair& sender,
                                const bittensor::Question& question,
                                const bittensor::BodySink& sink) {
  const Miner& miner = of(question.miner.hotkey);
  Reply reply;
  reply.seconds = static_cast<double>(1 + world_.random.below(20)) + 0.5;
  const auto fail = [&](AskOutcome outcome, int status) {
    reply.outcome = outcome;
    reply.status = status;
    reply.reason = "simulated";
    return reply;
  };
  const bool is_early = miner.kind == Kind::late && world_.random.chance(700);
  if (miner.kind == Kind::silent || is_early || world_.fails()) {
    if (world_.random.chance(300)) return fail(AskOutcome::refused, 503);
    return fail(world_.random.chance(500) ? AskOutcome::unreachable : AskOutcome::too_late, 0);
  }
  const std::string& date = question.request.processing_date;
  reply.request_body = question.request.to_json();
  reply.request_payload = bittensor::btauth_sign(sender, "POST", bittensor::kScoresPath,
                                                 reply.request_body, miner.key.ss58())
                              .payload;
  const std::string body = body_of(miner, date);
  bittensor::Envelope envelope;
  envelope.request_sha256 = hash_text(HashKind::sha256, reply.request_payload);
  envelope.network = "bitcoin";
  envelope.processing_date = date;
  envelope.kind = bittensor::kind_name(question.request.kind);
  envelope.snapshot_sha256 = question.request.snapshot_sha256;
  envelope.body_sha256 = hash_text(HashKind::sha256, miner.kind == Kind::liar ? body + " " : body);
  envelope.model_version = "1.0.0";
  envelope.time_ns = bittensor::unix_time_ns();
  envelope.sign(miner.kind == Kind::forger ? sender : miner.key);
  for (std::size_t at = 0; at < body.size(); at += 4096) {
    if (!sink(std::string_view(body).substr(at, 4096))) return fail(AskOutcome::stopped, 0);
  }
  reply.status = 200;
  reply.envelope = std::move(envelope);
  reply.body_bytes = body.size();
  if (bittensor::find_flaw(reply.evidence(), miner.key.ss58(), hash_text(HashKind::sha256, body))) {
    return fail(AskOutcome::unproven, 200);
  }
  reply.outcome = AskOutcome::answered;
  return reply;
}

void SimulatedMiners::ask(const bittensor::Keypair& sender,
                          std::span<const bittensor::Question> questions,
                          const bittensor::AskLimits&, const OpenSink& open_sink,
                          const OnReply& on_reply) {
  std::vector<std::size_t> order(questions.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  for (std::size_t i = order.size(); i > 1; --i) {
    std::swap(order[i - 1], order[world_.random.below(i)]);
  }
  std::deque<std::pair<std::size_t, Work>> waiting;
  const auto do_next = [&] {
    const auto [i, work] = std::move(waiting.front());
    waiting.pop_front();
    work();
    on_stored(questions[i].request.processing_date, questions[i].miner.hotkey);
  };
  for (const std::size_t i : order) {
    world_.moment();
    world_.pass(std::chrono::seconds(world_.random.below(5)));
    world_.note("question", i);
    on_question(questions[i].request.processing_date, questions[i].miner.hotkey);
    const Reply reply = reply_to(sender, questions[i], open_sink(i));
    world_.note("reply", static_cast<std::uint64_t>(reply.outcome));
    if (Work work = on_reply(i, reply)) waiting.emplace_back(i, std::move(work));
    while (!waiting.empty() && world_.random.chance(600)) do_next();
  }
  while (!waiting.empty()) {
    world_.moment();
    do_next();
  }
}

}  // namespace aml::simulated
