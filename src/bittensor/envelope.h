#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/http_client.h"
#include "bittensor/keypair.h"

namespace aml::bittensor {

// What a miner signs about an answer, in header fields beside it: who answers which request with
// which bytes, made by which model from which snapshot, and when. docs/protocol.md is its
// specification, with golden vectors. Kept with the request's payload and body and the answer's
// body, it proves weeks later what the miner submitted.
struct Envelope {
  std::string hotkey;           // the miner's ss58
  std::string request_sha256;   // of the eight lines that the asker signed (btauth.h)
  std::string network;          // "bitcoin"; may be empty
  std::string processing_date;  // YYYY-MM-DD, also where "latest" was asked for
  std::string kind;             // as in scores_request.h
  std::string snapshot_sha256;  // of the snapshot the scores were made from; may be empty
  std::string body_sha256;      // of the answer's body, its content coding undone
  std::string model_version;    // "1.0.0"
  std::int64_t time_ns = 0;     // of the answer, nanoseconds since 1970
  Signature signature{};
  // Of the commitment to the answer (commitment.h), beside the envelope: no part of what is signed.
  // Empty where there is none.
  std::string opening{};

  // The eleven lines that are signed.
  std::string signed_text() const;
  void sign(const Keypair& miner);  // sets hotkey and signature

  HttpHeaders to_headers() const;
  // Throws Error{bad_input} naming the field where one is missing, repeated or malformed.
  static Envelope from_headers(const HttpHeaders& headers);

  // For storage; from_json throws Error{bad_input}.
  std::string to_json() const;
  static Envelope from_json(std::string_view json);
};

// Whether the hotkey named in the envelope signed it.
bool has_valid_signature(const Envelope& envelope);

// Everything a validator keeps to show what a miner submitted.
struct Evidence {
  std::string request_payload;  // the eight lines that the validator signed
  std::string request_body;
  Envelope envelope;
};

// Why the evidence does not prove that `miner` answered that request with a body of that sha256;
// nothing where it does. Checks the signature and every link: payload to request body and receiver,
// envelope to payload, kind and date to the request, body to envelope.
std::optional<std::string> find_flaw(const Evidence& evidence, std::string_view miner,
                                     std::string_view body_sha256);

}  // namespace aml::bittensor
