// The bridge for validators of SDK 10: POST /RiskScoreSynapse.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "miner/miner.h"

namespace aml::miner {

// What a dendrite reads from an axon's answer.
void Miner::add_terminals(http::Response& response, const bittensor::V10Claim& claim,
                          const std::string& message, double seconds) const {
  response.fields.insert(response.fields.end(),
                         {{"name", bittensor::kSynapseName},
                          {"bt_header_axon_hotkey", hotkey_.ss58()},
                          {"bt_header_axon_status_code", fmt::format("{}", response.status)},
                          {"bt_header_axon_status_message", message},
                          {"bt_header_axon_process_time", fmt::format("{}", seconds)},
                          {"bt_header_dendrite_hotkey", claim.hotkey},
                          {"bt_header_dendrite_nonce", fmt::format("{}", claim.nonce)},
                          {"bt_header_dendrite_uuid", claim.uuid},
                          {"computed_body_hash", claim.body_hash},
                          {"Cache-Control", "no-store"}});
}

http::Response Miner::refuse_v10(const bittensor::V10Claim& claim, int status,
                                 const std::string& reason) const {
  http::Response response;
  response.status = status;
  response.body = http::make_body(nlohmann::json{{"message", reason}}.dump(
      -1, ' ', false, nlohmann::json::error_handler_t::replace));
  add_terminals(response, claim, reason, 0);
  return response;
}

// In the order of an axon: header fields, blacklist, signature, body hash.
Miner::Admitted Miner::admit_v10(const http::Request& request) {
  if (request.method != "POST") return refuse_v10({}, 405, "only POST is answered here");
  auto read =
      bittensor::read_v10_claim([&](std::string_view name) { return request.fields.sole(name); });
  if (const auto* failure = std::get_if<bittensor::AuthFailure>(&read)) {
    return refuse_v10({}, failure->status, failure->reason);
  }
  auto& claim = std::get<bittensor::V10Claim>(read);
  auto pending = std::make_shared<Pending>();
  pending->sender = claim.hotkey;
  // Policy comes first here, so a stranger costs no signature. The rate is only counted once the
  // signature proved who asks.
  if (const auto refusal = refuse_stranger(claim.hotkey, pending->priority)) {
    return refuse_v10(claim, refusal->status, refusal->reason);
  }
  if (const auto failure = v10_authenticator_.verify(claim)) {
    return refuse_v10(claim, failure->status, failure->reason);
  }
  note_asked(pending->sender);
  auto decision = admission_.admit(pending->sender);
  if (const auto* refusal = std::get_if<Refusal>(&decision)) {
    return refuse_v10(claim, refusal->status, refusal->reason);
  }
  pending->ticket = std::get<Ticket>(std::move(decision));
  try {
    pending->request = bittensor::parse_synapse(request.body);
  } catch (const Error& e) {
    return refuse_v10(claim, 400, e.what());
  }
  if (bittensor::v10_body_hash(pending->request) != claim.body_hash) {
    return refuse_v10(claim, 500, "the body's hash is another than was signed");
  }
  pending->signed_payload = bittensor::v10_message(claim, hotkey_.ss58());
  pending->coding = "identity";
  pending->admitted = Clock::now();
  pending->v10 = std::move(claim);
  return pending;
}

http::Response Miner::deliver_v10(const Pending& pending, const ScoredList& list) const {
  const bittensor::ScoresRequest& asked = pending.request;
  if (!asked.snapshot_sha256.empty() && asked.snapshot_sha256 != list.snapshot_sha256) {
    return refuse_v10(*pending.v10, 409,
                      fmt::format("the scores of {} were made from the snapshot {}",
                                  list.processing_date, list.snapshot_sha256));
  }
  struct Held {
    std::shared_ptr<http::Budget> budget;
    http::Budget::Charge charge;
    std::string text;
    Ticket ticket;
  };
  const auto held = std::make_shared<Held>();
  held->budget = options_.api.budget;
  held->charge = held->budget->charge(2 * list.bytes.size());  // before it is written
  held->ticket = pending.ticket;
  using Json = nlohmann::ordered_json;
  const Json json{{"name", bittensor::kSynapseName},
                  {"timeout", static_cast<double>(pending.v10->timeout_ns) / 1e9},
                  {"processing_date", asked.processing_date},
                  {"kind", bittensor::kind_name(asked.kind)},
                  {"snapshot_sha256", asked.snapshot_sha256},
                  {"challenge", asked.challenge},
                  {"computed_body_hash", pending.v10->body_hash},
                  {"envelope", Json::parse(envelope(pending, list).to_json())},
                  {"body", list.bytes}};
  held->text = json.dump(-1, ' ', false, Json::error_handler_t::replace);
  held->charge.resize(held->text.capacity());
  http::Response response;
  response.body = http::Body(held, &held->text);
  const std::chrono::duration<double> taken = Clock::now() - pending.admitted;
  add_terminals(response, *pending.v10, "Success", taken.count());
  return response;
}

}  // namespace aml::miner
