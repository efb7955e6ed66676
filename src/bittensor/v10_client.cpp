#include "bittensor/v10_client.h"

#include <fmt/format.h>

#include <chrono>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/error.h"
#include "base/hash.h"
#include "base/http_client.h"
#include "bittensor/v10.h"

namespace aml::bittensor {

namespace {

constexpr std::uint64_t kMostRefusalBytes = 4'096;

std::string url_of(const MinerAddress& miner) {
  return fmt::format("http://{}{}", host_and_port(miner.host, miner.port), kSynapsePath);
}

// Reads the synapse of a 200; sets the outcome.
void judge(const std::string& answer, const Question& question, Reply& reply,
           const BodySink& sink) {
  const auto flaw = [&](const char* reason) {
    reply.outcome = AskOutcome::unproven;
    reply.reason = reason;
  };
  const auto json = nlohmann::json::parse(answer, nullptr, false);
  if (!json.is_object() || !json.contains("body") || !json["body"].is_string() ||
      !json.contains("envelope") || !json["envelope"].is_object()) {
    return flaw("the synapse came back without a body or an envelope");
  }
  const std::string body = json["body"].get<std::string>();
  const Envelope envelope = Envelope::from_json(json["envelope"].dump());
  if (envelope.hotkey != question.miner.hotkey) return flaw("the envelope names another miner");
  if (!has_valid_signature(envelope)) return flaw("the envelope's signature is not the miner's");
  if (envelope.request_sha256 != hash_text(HashKind::sha256, reply.request_payload)) {
    return flaw("the envelope answers another request");
  }
  if (envelope.kind != kind_name(question.request.kind)) {
    return flaw("the answer is of another kind than asked for");
  }
  if (envelope.body_sha256 != hash_text(HashKind::sha256, body)) {
    return flaw("the body is another than the miner signed");
  }
  reply.envelope = envelope;
  reply.body_bytes = body.size();
  if (sink && !sink(body)) {
    reply.outcome = AskOutcome::stopped;
    reply.reason = "the sink took no more";
    return;
  }
  reply.outcome = AskOutcome::answered;
}

}  // namespace

Reply ask_v10(const Keypair& sender, const Question& question, const AskLimits& limits,
              const BodySink& sink) {
  const auto started = std::chrono::steady_clock::now();
  const double timeout_s = std::chrono::duration<double>(limits.deadline).count();
  const V10Request made = v10_sign(sender, question.miner.hotkey, question.miner.host,
                                   question.miner.port, question.request, timeout_s);
  Reply reply;
  reply.request_payload = made.message;
  reply.request_body = made.body;
  HttpRequest request(kMostRefusalBytes, limits.deadline);
  request.method = "POST";
  request.url = url_of(question.miner);
  request.headers = made.headers;
  request.body = made.body;
  request.connect_timeout = limits.connect_timeout;
  request.stall_timeout = limits.stall_timeout;
  std::string answer;
  try {
    HttpClient client;
    const HttpResponse response = client.send(request, [&](std::string_view bytes) {
      answer.append(bytes);
      return answer.size() <= limits.body_bytes;
    });
    reply.status = response.status;
    reply.wire_bytes = answer.size();
    if (answer.size() > limits.body_bytes) {
      reply.outcome = AskOutcome::too_large;
      reply.reason = fmt::format("the body is over {} bytes", limits.body_bytes);
    } else if (response.status != 200) {
      reply.outcome = AskOutcome::refused;
      reply.reason = fmt::format("refused with status {}: {}", response.status,
                                 response.header("bt_header_axon_status_message").value_or(""));
    } else {
      judge(answer, question, reply, sink);
    }
  } catch (const Error& e) {
    if (e.kind() == ErrorKind::bad_input) {
      reply.outcome = AskOutcome::unproven;
    } else if (e.kind() == ErrorKind::interrupted) {
      reply.outcome = AskOutcome::stopped;
    } else if (e.kind() == ErrorKind::unavailable) {
      reply.outcome = AskOutcome::unreachable;
    } else {
      throw;
    }
    reply.reason = e.what();
  }
  reply.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
  return reply;
}

}  // namespace aml::bittensor
