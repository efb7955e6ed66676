#include "robbery.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/deadline.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/hex.h"
#include "bittensor/btauth.h"
#include "validator/archive.h"
#include "validator/look.h"
#include "validator/outside.h"

namespace aml::validator::robbery {

namespace {

constexpr std::int64_t kBlockMs = 12'000;
constexpr std::int64_t kHourMs = 3'600'000;
constexpr std::uint16_t kNetuid = 7;
constexpr const char* kGenesis = "0x2f";
const Date kFirstDay = Date::require("2025-06-01", "the first day");
const std::int64_t kGenesisMs = kFirstDay.epoch_ms() - 10 * 24 * kHourMs;

bittensor::CommittedAnswer answer_of(const std::string& hotkey, const std::string& date,
                                     const std::string& snapshot_sha256) {
  bittensor::CommittedAnswer answer;
  answer.genesis_hash = kGenesis;
  answer.netuid = kNetuid;
  answer.hotkey = hotkey;
  answer.network = "bitcoin";
  answer.window_days = 7;
  answer.processing_date = date;
  answer.kind = bittensor::kind_name(bittensor::ScoresKind::alert_scores);
  answer.snapshot_sha256 = snapshot_sha256;
  return answer;
}

std::string body_of(const std::string& date, const std::vector<std::string>& ids,
                    const std::vector<double>& scores) {
  std::string text = R"({"processing_date":")" + date + R"(","scores":[)";
  for (std::size_t i = 0; i < ids.size(); ++i) {
    text +=
        fmt::format(R"({}{{"alert_id":"{}","score":{:.17g},"model_version":"1","latency_ms":1}})",
                    i == 0 ? "" : ",", ids[i], scores[i]);
  }
  return text + "]}";
}

}  // namespace

// Seen by one validator; all see the same.
class Market::Chain : public bittensor::ChainClient {
 public:
  Chain(Market& market, std::string own) : market_(market), own_(std::move(own)) {}
  std::uint64_t block() override { return market_.block(); }
  bittensor::Metagraph metagraph(std::uint16_t netuid) override {
    bittensor::Metagraph graph;
    graph.netuid = netuid;
    graph.block = block();
    graph.tempo = 360;
    const auto add = [&](const std::string& name, bool is_miner) {
      bittensor::Neuron neuron;
      neuron.uid = static_cast<std::uint16_t>(graph.neurons.size());
      neuron.hotkey = bittensor::Keypair::from_dev_uri("//" + name).ss58();
      neuron.validator_permit = !is_miner;
      neuron.registered_at = market_.registered[name];
      if (is_miner) {
        neuron.host = "203.0.113.1";
        neuron.port = 8091;
      }
      if (neuron.registered_at <= graph.block) graph.neurons.push_back(std::move(neuron));
    };
    add(own_, false);
    for (const Actor& actor : market_.actors_) add(actor.name, true);
    return graph;
  }
  bittensor::ChainReceipt serve_axon(std::uint16_t, const bittensor::AxonAddress&) override {
    throw Error(ErrorKind::usage, "nothing is announced here");
  }
  bittensor::ChainReceipt set_weights(std::uint16_t, const bittensor::Weights&) override {
    throw Error(ErrorKind::usage, "no weights are sent here");
  }
  std::string genesis_hash() override { return kGenesis; }
  std::optional<bittensor::BlockStamp> first_block_at(std::int64_t time_ms) override {
    const auto block = static_cast<std::uint64_t>((time_ms - kGenesisMs + kBlockMs - 1) / kBlockMs);
    if (block > market_.block()) return std::nullopt;
    return bittensor::BlockStamp{block, hash_text(HashKind::sha256, std::to_string(block)),
                                 kGenesisMs + static_cast<std::int64_t>(block) * kBlockMs};
  }
  bittensor::CommitmentLogs commitments(std::uint16_t) override { return market_.logs_; }
  std::string description() const override { return "made up"; }

 private:
  Market& market_;
  const std::string own_;
};

class Market::Network : public Asker {
 public:
  Network(Market& market, std::string own) : market_(market), own_(std::move(own)) {}

  void ask(const bittensor::Keypair& sender, std::span<const bittensor::Question> questions,
           const bittensor::AskLimits&, const OpenSink& open_sink,
           const OnReply& on_reply) override {
    // The thieves answer first: they come last in the list.
    for (std::size_t i = questions.size(); i-- > 0;) {
      const auto work = on_reply(i, reply_to(sender, questions[i], open_sink(i)));
      if (work) work();
    }
  }

 private:
  bittensor::Reply reply_to(const bittensor::Keypair& sender, const bittensor::Question& question,
                            const bittensor::BodySink& sink) {
    Actor& actor = market_.actor(market_.name_of(question.miner.hotkey));
    const std::string& date = question.request.processing_date;
    bittensor::Reply reply;
    reply.seconds = 0.1;
    const auto shown = actor.answer ? actor.answer(market_, actor, date, own_) : std::nullopt;
    if (!shown) {
      reply.outcome = bittensor::AskOutcome::refused;
      reply.status = 404;
      return reply;
    }
    const bittensor::Keypair key = actor.key();
    reply.request_body = question.request.to_json();
    reply.request_payload = bittensor::btauth_sign(sender, "POST", bittensor::kScoresPath,
                                                   reply.request_body, key.ss58())
                                .payload;
    const std::string body = body_of(date, market_.days_.values(date).ids, shown->scores);
    bittensor::Envelope envelope;
    envelope.request_sha256 = hash_text(HashKind::sha256, reply.request_payload);
    envelope.network = "bitcoin";
    envelope.processing_date = date;
    envelope.kind = bittensor::kind_name(question.request.kind);
    envelope.snapshot_sha256 = question.request.snapshot_sha256;
    envelope.body_sha256 = hash_text(HashKind::sha256, body);
    envelope.model_version = "1";
    envelope.time_ns = 1;
    envelope.sign(key);
    envelope.opening = shown->opening;
    sink(body);
    reply.status = 200;
    reply.envelope = std::move(envelope);
    reply.body_bytes = body.size();
    reply.outcome = bittensor::AskOutcome::answered;
    return reply;
  }

  Market& market_;
  const std::string own_;
};

class Market::Watch : public Clock {
 public:
  Watch(const Market& market, std::chrono::seconds off) : market_(market), off_(off) {}
  std::chrono::steady_clock::time_point now() override {
    return std::chrono::steady_clock::time_point(std::chrono::milliseconds(market_.now_ms_));
  }
  std::chrono::system_clock::time_point utc() override {
    return std::chrono::system_clock::time_point(std::chrono::milliseconds(market_.now_ms_)) + off_;
  }
  void wait(std::chrono::seconds) override {}

 private:
  const Market& market_;
  const std::chrono::seconds off_;
};

struct Market::Seat {
  Seat(Market& market, Judge one, const std::filesystem::path& folder)
      : judge(std::move(one)),
        days(market.days_),
        network(market, judge.name),
        chain(market, judge.name),
        watch(market, judge.clock_off),
        archive(folder),
        ledger(folder, SqlDatabase::Mode::read_write),
        validator(options(judge), {days, network, chain, watch, archive, ledger},
                  bittensor::Keypair::from_dev_uri("//" + judge.name),
                  hash_text(HashKind::sha256, judge.name).substr(0, 32)) {}

  static ValidatorOptions options(const Judge& judge) {
    ValidatorOptions options;
    options.reference_time = judge.training;
    options.network = "bitcoin";
    options.netuid = kNetuid;
    options.reference_days = 1;
    options.taught_days = 1;
    options.demands_commitments = true;
    options.set_weights = false;
    options.burns = true;
    options.burn_uid = 0;
    return options;
  }

  Judge judge;
  DaysOfOne days;
  Network network;
  Chain chain;
  Watch watch;
  FolderArchive archive;
  Ledger ledger;
  Validator validator;
};

Market::Market(std::vector<Actor> actors, std::vector<Judge> judges)
    : now_ms_(kFirstDay.epoch_ms()), actors_(std::move(actors)) {
  for (Judge& judge : judges) {
    const auto folder = folder_ / judge.name;
    std::filesystem::create_directories(folder);
    seats_.push_back(std::make_unique<Seat>(*this, std::move(judge), folder));
  }
}

Market::~Market() = default;

std::uint64_t Market::block() const {
  return static_cast<std::uint64_t>((now_ms_ - kGenesisMs) / kBlockMs);
}

std::string Market::name_of(const std::string& hotkey) const {
  for (const Actor& actor : actors_) {
    if (actor.hotkey() == hotkey) return actor.name;
  }
  return "";
}

Actor& Market::actor(const std::string& name) {
  return *std::find_if(actors_.begin(), actors_.end(),
                       [&](const Actor& actor) { return actor.name == name; });
}

Made Market::made(const Actor& actor, const std::string& date, std::vector<double> scores) const {
  auto answer = answer_of(actor.hotkey(), date, days_.snapshot_sha256(date));
  const auto& ids = days_.values(date).ids;
  std::vector<bittensor::ScoredId> rows;
  for (std::size_t i = 0; i < ids.size(); ++i) rows.push_back({ids[i], scores[i]});
  answer.body_sha256 =
      hash_text(HashKind::sha256, bittensor::canonical_body(date, answer.kind, std::move(rows)));
  const std::string salt =
      hash_text(HashKind::sha256, actor.name + date + answer.body_sha256 + "salt");
  const bittensor::CommitmentLeaf leaf{commitment_key(answer), commitment_hash(answer, salt)};
  return {std::move(scores), {salt, {leaf}}};
}

void Market::commit(const Actor& actor, const std::string& date, const std::string& root) {
  auto& log = logs_[actor.hotkey()];
  log.push_back({bittensor::commitment_entry(Date::require(date, "a day"), root), block()});
  if (log.size() > bittensor::kKeptCommitments) log.erase(log.begin());
}

void Market::evening(const std::string& date, int number) {
  const std::int64_t deadline = deadline_ms(Date::require(date, "a day"));
  const auto act = [&](auto member) {
    for (Actor& actor : actors_) {
      if (actor.*member) (actor.*member)(*this, actor, date);
    }
  };
  const auto look_all = [&] {
    for (const auto& seat : seats_) {
      if (seat->judge.down.contains(number)) continue;
      if (const auto error = look(seat->validator)) throw *error;
    }
  };
  now_ms_ = deadline - kHourMs;
  act(&Actor::before);
  look_all();
  now_ms_ = deadline;
  act(&Actor::at_deadline);
  look_all();
  now_ms_ = deadline + 2 * 60'000;
  look_all();
}

void Market::run(int days) {
  constexpr int kTruthAfter = 2;
  for (int number = 0; number < days + kTruthAfter; ++number) {
    const Date day = kFirstDay.plus_days(number);
    now_ms_ = day.plus_days(1).epoch_ms() + 6 * kHourMs;
    days_.publish(day.text(), now_ms_);
    if (in_the_morning) in_the_morning(*this, day.text());
    now_ms_ = std::max(now_ms_, day.plus_days(1).epoch_ms() + 10 * kHourMs);
    if (number >= kTruthAfter) {
      days_.truths.try_emplace(day.plus_days(-kTruthAfter).text(), now_ms_);
    }
    evening(day.text(), number);
    now_ms_ += kHourMs;
    if (late_at_night) late_at_night(*this, day.text());
  }
}

Ledger& Market::ledger(const std::string& judge) {
  for (const auto& seat : seats_) {
    if (seat->judge.name == judge) return seat->ledger;
  }
  throw std::runtime_error("no such validator");
}

std::map<std::string, std::map<std::string, double>> Market::points(const std::string& judge) {
  std::map<std::string, std::map<std::string, double>> points;
  for (const RoundRecord& round : ledger(judge).rounds()) {
    for (const VerdictRecord& record : ledger(judge).verdicts(round.date)) {
      if (record.stage != Stage::truth || !record.verdict.contribution) continue;
      points[name_of(record.miner.hotkey)][round.date] = record.verdict.contribution->points;
    }
  }
  return points;
}

std::map<std::string, double> Market::weights(const std::string& judge) {
  std::map<std::string, double> weights;
  const auto all = ledger(judge).weights();
  if (all.empty()) return weights;
  for (std::size_t i = 0; i < all.front().hotkeys.size(); ++i) {
    weights[name_of(all.front().hotkeys[i])] = all.front().values[i];
  }
  return weights;
}

std::map<std::string, bool> Market::committed(const std::string& judge, const std::string& date) {
  std::map<std::string, bool> committed;
  for (const VerdictRecord& record : ledger(judge).verdicts(date)) {
    for (const validation::Check& check : record.verdict.checks) {
      if (check.name == "committed") committed[name_of(record.miner.hotkey)] = check.passed;
    }
  }
  return committed;
}

std::map<std::string, double> Market::scores(const std::string& judge, const std::string& date) {
  std::map<std::string, double> scores;
  for (const VerdictRecord& record : ledger(judge).verdicts(date)) {
    scores[name_of(record.miner.hotkey)] = record.verdict.final_score;
  }
  return scores;
}

std::string Market::everything(const std::string& judge) {
  std::string text;
  text.reserve(1 << 20);
  const auto add = [&](const std::vector<double>& numbers) {
    text.append(reinterpret_cast<const char*>(numbers.data()), numbers.size() * sizeof(double));
  };
  for (const RoundRecord& round : ledger(judge).rounds()) {
    const auto evidence = ledger(judge).evidence(round.date);
    if (!evidence) continue;
    text += round.date;
    add(evidence->gain);
    add(evidence->spread);
    add(evidence->clusters);
  }
  for (const auto& [name, points] : points(judge)) {
    for (const auto& [date, value] : points) add({value});
  }
  for (const auto& [name, weight] : weights(judge)) {
    text += name;
    add({weight});
  }
  return hash_text(HashKind::sha256, text);
}

Actor honest(const std::string& name, std::size_t factor) {
  Actor actor{name};
  actor.before = [factor](Market& market, Actor& self, const std::string& date) {
    const auto scores = market.days().values(date).scores(factor, hash_number(self.name, 15));
    self.made[date] = market.made(self, date, scores);
    market.commit(self, date, self.made[date].root());
  };
  actor.answer = [](Market&, Actor& self, const std::string& date, const std::string&) {
    const auto found = self.made.find(date);
    return found == self.made.end() ? std::nullopt : std::optional(found->second.shown());
  };
  return actor;
}

Actor guesser(const std::string& name) {
  Actor actor = honest(name, 0);
  actor.before = [](Market& market, Actor& self, const std::string& date) {
    const auto scores = market.days().values(date).scores(std::nullopt, hash_number(self.name, 15));
    self.made[date] = market.made(self, date, scores);
    market.commit(self, date, self.made[date].root());
  };
  return actor;
}

Actor idle(const std::string& name) { return {name}; }

std::vector<Actor> numbered(std::size_t count,
                            const std::function<Actor(const std::string&)>& make) {
  std::vector<Actor> actors;
  for (std::size_t i = 0; i < count; ++i) actors.push_back(make(fmt::format("thief-{:02}", i)));
  return actors;
}

}  // namespace aml::validator::robbery
