#include "miner/miner.h"

#include <fmt/format.h>

#include <any>
#include <exception>
#include <limits>
#include <new>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/error.h"
#include "base/hash.h"
#include "base/log.h"
#include "http/negotiation.h"

namespace aml::miner {

using bittensor::kind_name;
using bittensor::kScoresPath;
using bittensor::kSynapsePath;

namespace {

constexpr const char* kInfoPath = "/v1/info";
constexpr std::int64_t kNsPerSecond = 1'000'000'000;

std::string_view path_of(const http::Request& request) {
  return std::string_view(request.target).substr(0, request.target.find('?'));
}

http::Response refuse(const Refusal& refusal) {
  http::Response response = http::refusal(refusal.status, refusal.reason);
  if (refusal.retry_after_s > 0) {
    response.fields.emplace_back("Retry-After", fmt::format("{}", refusal.retry_after_s));
  }
  return response;
}

http::Response not_allowed(const char* methods) {
  http::Response response = http::refusal(405, fmt::format("only {} is answered here", methods));
  response.fields.emplace_back("Allow", methods);
  return response;
}

// A failure on the way to the API, for the caller.
http::Response failed(const Error& e) {
  switch (e.kind()) {
    case ErrorKind::usage:
      return http::refusal(400, e.what());
    case ErrorKind::not_found:
      return http::refusal(404, e.what());
    case ErrorKind::internal:
      log::error(e.what());
      return http::refusal(500, "a defect of the miner; its log says more");
    default:
      return refuse({503, e.what(), 5});
  }
}

// Runs what may throw; whatever goes wrong is a response.
template <typename Body>
auto guarded(const Body& body) -> decltype(body()) {
  try {
    return body();
  } catch (const Error& e) {
    return failed(e);
  } catch (const std::bad_alloc&) {
    return refuse({503, "the miner is short of memory; try again", 5});
  } catch (const std::exception& e) {
    log::error("unexpected: a defect of this program", {{"reason", e.what()}});
    return http::refusal(500, "a defect of the miner; its log says more");
  }
}

}  // namespace

Miner::Miner(const bittensor::Keypair& hotkey, const MetagraphWatch* watch, MinerOptions options,
             CommitmentKeeper* commitments)
    : hotkey_(hotkey),
      watch_(watch),
      commitments_(commitments),
      options_(std::move(options)),
      authenticator_(hotkey.ss58(), bittensor::NonceStore::kMostNonces, bittensor::unix_time_ns()),
      v10_authenticator_(hotkey.ss58(), bittensor::unix_time_ns()),
      admission_(options_.policy),
      source_(options_.api),
      dates_([this] { return source_.dates(); }) {}

std::optional<Refusal> Miner::refuse_stranger(const std::string& sender, int& priority) const {
  const auto known = watch_ == nullptr ? nullptr : watch_->known();
  const bittensor::Neuron* neuron = known ? known->find(sender) : nullptr;
  priority = admission_.priority(sender, neuron);
  // Without a chain nothing more will be known: there is only the list.
  return admission_.refuse_stranger(sender, neuron, watch_ == nullptr || known != nullptr);
}

void Miner::note_asked(const std::string& sender) const {
  const auto known = watch_ == nullptr ? nullptr : watch_->known();
  const bittensor::Neuron* neuron = known ? known->find(sender) : nullptr;
  if (neuron != nullptr && neuron->validator_permit && sender != hotkey_.ss58()) {
    validator_asked_ = bittensor::unix_time_ns() / kNsPerSecond;
  }
}

Miner::Admitted Miner::admit(const http::Request& request) {
  if (request.method != "POST") return not_allowed("POST");
  const bittensor::AuthResult authenticated =
      authenticator_.verify({request.method, request.target, request.body,
                             [&](std::string_view name) { return request.fields.sole(name); }});
  if (!authenticated.caller) {
    const auto& [status, reason] = authenticated.failure;
    return refuse({status, reason, status == 503 ? 5 : 0});
  }
  auto pending = std::make_shared<Pending>();
  pending->sender = authenticated.caller->hotkey;
  pending->signed_payload = authenticated.caller->payload;
  note_asked(pending->sender);
  if (const auto refusal = refuse_stranger(pending->sender, pending->priority)) {
    return refuse(*refusal);
  }
  auto decision = admission_.admit(pending->sender);
  if (const auto* refusal = std::get_if<Refusal>(&decision)) return refuse(*refusal);
  pending->ticket = std::get<Ticket>(std::move(decision));
  const auto coding = http::choose_encoding(request.fields.joined("accept-encoding"));
  if (!coding) return http::refusal(406, "answers come in zstd, gzip or identity coding");
  pending->coding = *coding;
  pending->request = bittensor::ScoresRequest::parse(request.body);
  pending->admitted = Clock::now();
  return pending;
}

std::optional<http::Response> Miner::answer_now(http::Request& request) {
  return guarded([&] { return decide(request); });
}

std::optional<http::Response> Miner::decide(http::Request& request) {
  const std::string_view path = path_of(request);
  Admitted admitted;
  if (path == kScoresPath) {
    admitted = admit(request);
  } else if (path == kInfoPath) {
    if (request.method != "GET" && request.method != "HEAD") return not_allowed("GET, HEAD");
    return guarded([&] { return info(); });
  } else if (options_.v10 && path == kSynapsePath) {
    admitted = admit_v10(request);
  } else {
    return http::refusal(404, "nothing is served at this address");
  }
  if (auto* refusal = std::get_if<http::Response>(&admitted)) return std::move(*refusal);
  const auto& pending = std::get<PendingPointer>(admitted);
  const bittensor::ScoresRequest& asked = pending->request;
  // A v10 answer is written anew for everybody, which takes long; what was committed is read.
  if (!pending->v10 && commitments_ == nullptr) {
    auto list = source_.at_hand({asked.processing_date, asked.kind, pending->coding});
    if (list) return deliver(*pending, std::move(list));
  }
  request.context = pending;
  return std::nullopt;
}

int Miner::priority(const http::Request& request) const {
  const auto* pending = std::any_cast<PendingPointer>(&request.context);
  return pending == nullptr ? std::numeric_limits<int>::min() : (*pending)->priority;
}

http::Response Miner::answer(http::Request& request) {
  const auto* pending = std::any_cast<PendingPointer>(&request.context);
  if (pending == nullptr) return http::refusal(500, "a defect of the miner");
  return guarded([&]() -> http::Response {
    try {
      return wait_for(**pending);
    } catch (const Error& e) {
      if (!(*pending)->v10 || e.kind() == ErrorKind::internal) throw;
      const int status = e.kind() == ErrorKind::not_found ? 404 : 503;
      return refuse_v10(*(*pending)->v10, status, e.what());
    }
  });
}

http::Response Miner::wait_for(const Pending& pending) {
  if (Clock::now() - pending.admitted > options_.patience) {
    return refuse({503, "the request waited too long for its turn; try again", 5});
  }
  auto list = commitments_ == nullptr ? list_for(pending) : opened_list(pending);
  const std::string date = list->processing_date;
  auto response = pending.v10 ? deliver_v10(pending, *list) : deliver(pending, std::move(list));
  const bool is_judged = pending.request.kind == bittensor::ScoresKind::alert_scores;
  if (commitments_ != nullptr && is_judged && response.status == 200) {
    commitments_->note_revealed(date, pending.sender);
  }
  return response;
}

std::shared_ptr<const ScoredList> Miner::list_for(const Pending& pending) {
  const bittensor::ScoresRequest& asked = pending.request;
  return source_.fetch(
      {asked.processing_date, asked.kind, pending.v10 ? "identity" : pending.coding});
}

// Of a day whose deadline has passed, what was committed.
std::shared_ptr<const ScoredList> Miner::opened_list(const Pending& pending) {
  bittensor::ScoresRequest asked = pending.request;
  if (asked.processing_date == "latest") {
    const auto newest = commitments_->newest_open();
    if (!newest) throw Error(ErrorKind::not_found, "no day's deadline is known to have passed");
    asked.processing_date = *newest;
  }
  if (!commitments_->is_open(asked.processing_date)) {
    throw Error(ErrorKind::not_found,
                fmt::format("the scores of {} are committed, and given a minute after the deadline",
                            asked.processing_date));
  }
  const std::string coding = pending.v10 ? "identity" : pending.coding;
  if (asked.kind == bittensor::ScoresKind::alert_scores) {
    if (auto list = commitments_->list(asked.processing_date, coding)) return list;
  }
  return source_.fetch({asked.processing_date, asked.kind, coding});
}

bittensor::Envelope Miner::envelope(const Pending& pending, const ScoredList& list) const {
  const bittensor::ScoresRequest& asked = pending.request;
  bittensor::Envelope envelope;
  envelope.request_sha256 = hash_text(HashKind::sha256, pending.signed_payload);
  envelope.network = list.network;
  envelope.processing_date = list.processing_date;
  envelope.kind = kind_name(asked.kind);
  envelope.snapshot_sha256 = list.snapshot_sha256;
  envelope.body_sha256 = list.body_sha256;
  envelope.model_version = list.model_version;
  envelope.time_ns = bittensor::unix_time_ns();
  envelope.sign(hotkey_);
  envelope.opening = list.opening;
  log::info("scores sent", {{"to", pending.sender},
                            {"processing_date", envelope.processing_date},
                            {"kind", envelope.kind},
                            {"body_sha256", envelope.body_sha256}});
  return envelope;
}

http::Response Miner::deliver(const Pending& pending,
                              std::shared_ptr<const ScoredList> list) const {
  const std::string& wanted = pending.request.snapshot_sha256;
  if (!wanted.empty() && wanted != list->snapshot_sha256) {
    return http::refusal(409, fmt::format("the scores of {} were made from the snapshot {}",
                                          list->processing_date, list->snapshot_sha256));
  }
  http::Response response;
  response.fields = envelope(pending, *list).to_headers();
  response.fields.emplace_back("Cache-Control", "no-store");
  response.fields.emplace_back("Vary", "Accept-Encoding");
  if (list->coding != "identity") response.fields.emplace_back("Content-Encoding", list->coding);
  // The ticket goes with the body: the request is under way until the last byte was sent.
  struct Held {
    std::shared_ptr<const ScoredList> list;
    Ticket ticket;
  };
  const auto held = std::make_shared<Held>(Held{std::move(list), pending.ticket});
  response.body = http::Body(held, &held->list->bytes);
  return response;
}

}  // namespace aml::miner
