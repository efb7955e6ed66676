#include "bittensor/envelope.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <vector>

#include "base/error.h"
#include "base/hash.h"
#include "base/hex.h"
#include "base/parse_number.h"
#include "bittensor/scores_request.h"

namespace aml::bittensor {

using Json = nlohmann::ordered_json;

namespace {

constexpr const char* kVersion = "1";

// Field by field: the header's name, the name in JSON, the member.
struct Column {
  const char* header;
  const char* json;
  std::string Envelope::* member;
  bool may_be_empty;
};
constexpr Column kColumns[] = {
    {"X-Aml-Hotkey", "hotkey", &Envelope::hotkey, false},
    {"X-Aml-Request-Sha256", "request_sha256", &Envelope::request_sha256, false},
    {"X-Aml-Network", "network", &Envelope::network, true},
    {"X-Aml-Processing-Date", "processing_date", &Envelope::processing_date, false},
    {"X-Aml-Kind", "kind", &Envelope::kind, false},
    {"X-Aml-Snapshot-Sha256", "snapshot_sha256", &Envelope::snapshot_sha256, true},
    {"X-Aml-Body-Sha256", "body_sha256", &Envelope::body_sha256, false},
    {"X-Aml-Model-Version", "model_version", &Envelope::model_version, true},
};
constexpr const char* kVersionHeader = "X-Aml-Envelope";
constexpr const char* kTimeHeader = "X-Aml-Time";
constexpr const char* kSignatureHeader = "X-Aml-Signature";
constexpr const char* kOpeningHeader = "X-Aml-Opening";
constexpr std::size_t kLongestValue = 256;
constexpr std::size_t kLongestOpening = 8192;

Error malformed(const std::string& name) {
  return {ErrorKind::bad_input, fmt::format("the envelope's {} is missing or malformed", name)};
}

// A line must not be able to pass for two.
bool is_line(std::string_view text, std::size_t longest = kLongestValue) {
  return text.size() <= longest &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~'; });
}

std::int64_t parse_time(std::string_view text) {
  const auto value = parse_number<std::int64_t>(text);
  if (!value || *value <= 0 || text.starts_with('0')) throw malformed("time");
  return *value;
}

bool same_name(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
    return std::tolower(static_cast<unsigned char>(x)) ==
           std::tolower(static_cast<unsigned char>(y));
  });
}

// Null where the field is missing.
const std::string* find_one(const HttpHeaders& headers, const char* name) {
  const std::string* found = nullptr;
  for (const auto& [field, value] : headers) {
    if (!same_name(field, name)) continue;
    if (found != nullptr) throw malformed(name);
    found = &value;
  }
  return found;
}

std::string_view only(const HttpHeaders& headers, const char* name) {
  const std::string* found = find_one(headers, name);
  if (found == nullptr) throw malformed(name);
  return *found;
}

void require(const Envelope& envelope) {
  for (const Column& column : kColumns) {
    const std::string& value = envelope.*column.member;
    if (!is_line(value) || (value.empty() && !column.may_be_empty)) throw malformed(column.header);
  }
}

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (true) {
    const std::size_t end = text.find('\n');
    lines.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) return lines;
    text.remove_prefix(end + 1);
  }
}

}  // namespace

std::string Envelope::signed_text() const {
  std::string text = "aml-envelope/1\nsr25519";
  for (const Column& column : kColumns) {
    text += '\n';
    text += this->*column.member;
  }
  return text + fmt::format("\n{}", time_ns);
}

void Envelope::sign(const Keypair& miner) {
  hotkey = miner.ss58();
  require(*this);
  signature = miner.sign(signed_text());
}

HttpHeaders Envelope::to_headers() const {
  HttpHeaders headers{{kVersionHeader, kVersion}};
  for (const Column& column : kColumns) headers.emplace_back(column.header, this->*column.member);
  headers.emplace_back(kTimeHeader, fmt::format("{}", time_ns));
  headers.emplace_back(kSignatureHeader, signature_text(signature));
  if (!opening.empty()) headers.emplace_back(kOpeningHeader, opening);
  return headers;
}

Envelope Envelope::from_headers(const HttpHeaders& headers) {
  if (only(headers, kVersionHeader) != kVersion) throw malformed(kVersionHeader);
  Envelope envelope;
  for (const Column& column : kColumns) envelope.*column.member = only(headers, column.header);
  require(envelope);
  envelope.time_ns = parse_time(only(headers, kTimeHeader));
  if (!from_hex(only(headers, kSignatureHeader), envelope.signature)) {
    throw malformed(kSignatureHeader);
  }
  // What is no opening costs the commitment, and not the answer.
  const std::string* opening = find_one(headers, kOpeningHeader);
  if (opening != nullptr && is_line(*opening, kLongestOpening)) envelope.opening = *opening;
  return envelope;
}

std::string Envelope::to_json() const {
  Json json{{"envelope", kVersion}};
  for (const Column& column : kColumns) json[column.json] = this->*column.member;
  json["time_ns"] = time_ns;
  json["signature"] = signature_text(signature);
  if (!opening.empty()) json["opening"] = opening;
  return json.dump();
}

Envelope Envelope::from_json(std::string_view text) {
  const Json json = Json::parse(text, nullptr, false);
  if (!json.is_object()) throw Error(ErrorKind::bad_input, "the envelope is no JSON object");
  const auto member = [&](const char* name) -> std::string {
    const auto found = json.find(name);
    if (found == json.end() || !found->is_string()) throw malformed(name);
    return found->get<std::string>();
  };
  if (member("envelope") != kVersion) throw malformed("envelope");
  Envelope envelope;
  for (const Column& column : kColumns) envelope.*column.member = member(column.json);
  require(envelope);
  const auto time = json.find("time_ns");
  if (time == json.end() || !time->is_number_integer()) throw malformed("time_ns");
  envelope.time_ns = time->get<std::int64_t>();
  if (!from_hex(member("signature"), envelope.signature)) throw malformed("signature");
  if (json.contains("opening")) envelope.opening = member("opening");
  return envelope;
}

bool has_valid_signature(const Envelope& envelope) {
  const auto key = ss58_decode(envelope.hotkey);
  return key && verify(*key, envelope.signed_text(), envelope.signature);
}

std::optional<std::string> find_flaw(const Evidence& evidence, std::string_view miner,
                                     std::string_view body_sha256) {
  const Envelope& envelope = evidence.envelope;
  if (envelope.hotkey != miner) return "the envelope names another miner";
  if (!has_valid_signature(envelope)) return "the envelope's signature is not the miner's";
  if (envelope.request_sha256 != hash_text(HashKind::sha256, evidence.request_payload)) {
    return "the envelope answers another request";
  }
  const std::vector<std::string> lines = lines_of(evidence.request_payload);
  if (lines.size() != 8 || lines[0] != "btauth/1" || lines[7] != miner) {
    return "the request was not for this miner";
  }
  if (lines[4] != hash_text(HashKind::sha256, evidence.request_body)) {
    return "the request's body is another than was signed";
  }
  try {
    const ScoresRequest asked = ScoresRequest::parse(evidence.request_body);
    if (envelope.kind != kind_name(asked.kind))
      return "the answer is of another kind than asked for";
    if (asked.processing_date != "latest" && asked.processing_date != envelope.processing_date) {
      return "the answer is of another day than asked for";
    }
    if (!asked.snapshot_sha256.empty() && asked.snapshot_sha256 != envelope.snapshot_sha256) {
      return "the answer was made from another snapshot than asked for";
    }
  } catch (const Error&) {
    return "the request's body asks for no scores";
  }
  if (envelope.body_sha256 != body_sha256) return "the body is another than the miner signed";
  return std::nullopt;
}

}  // namespace aml::bittensor
