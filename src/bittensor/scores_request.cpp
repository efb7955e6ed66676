#include "bittensor/scores_request.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/date.h"
#include "base/error.h"
#include "base/hex.h"
#include "base/json_members.h"

namespace aml::bittensor {

using Json = nlohmann::ordered_json;

namespace {

constexpr std::array<std::pair<ScoresKind, std::string_view>, 3> kKinds{{
    {ScoresKind::alert_scores, "alert_scores"},
    {ScoresKind::alert_rankings, "alert_rankings"},
    {ScoresKind::cluster_scores, "cluster_scores"},
}};
constexpr std::size_t kLongestChallenge = 256;

Error wrong(const std::string& what) { return {ErrorKind::usage, what}; }

std::string text_member(const Json& value, const std::string& name) {
  if (!value.is_string()) throw wrong(name + " must be text");
  return value.get<std::string>();
}

bool is_sha256(std::string_view text) { return is_lower_hex(text, 64); }

bool is_printable(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

}  // namespace

std::string_view kind_name(ScoresKind kind) {
  return std::find_if(kKinds.begin(), kKinds.end(), [&](const auto& k) { return k.first == kind; })
      ->second;
}

std::optional<ScoresKind> parse_kind(std::string_view name) {
  for (const auto& [kind, text] : kKinds) {
    if (text == name) return kind;
  }
  return std::nullopt;
}

std::string ScoresRequest::to_json() const {
  Json json{{"processing_date", processing_date}, {"kind", kind_name(kind)}};
  if (!snapshot_sha256.empty()) json["snapshot_sha256"] = snapshot_sha256;
  if (!challenge.empty()) json["challenge"] = challenge;
  return json.dump(-1, ' ', true, Json::error_handler_t::replace);
}

ScoresRequest ScoresRequest::parse(std::string_view text) {
  const Json json = Json::parse(text, nullptr, false);
  if (!json.is_object()) throw wrong("the body must be a JSON object");
  if (names_member_twice(text)) throw wrong("the body names a member twice");
  ScoresRequest request;
  bool has_kind = false;
  for (const auto& [name, value] : json.items()) {
    if (name == "processing_date") {
      request.processing_date = text_member(value, name);
    } else if (name == "kind") {
      const auto kind = parse_kind(text_member(value, name));
      if (!kind) throw wrong("kind must be alert_scores, alert_rankings or cluster_scores");
      request.kind = *kind;
      has_kind = true;
    } else if (name == "snapshot_sha256") {
      request.snapshot_sha256 = text_member(value, name);
      if (!request.snapshot_sha256.empty() && !is_sha256(request.snapshot_sha256)) {
        throw wrong("snapshot_sha256 must be 64 lowercase hex digits");
      }
    } else if (name == "challenge") {
      request.challenge = text_member(value, name);
      if (request.challenge.size() > kLongestChallenge || !is_printable(request.challenge)) {
        throw wrong(fmt::format("challenge must be at most {} printable ASCII characters",
                                kLongestChallenge));
      }
    } else {
      throw wrong("the body has a member that is not known here");
    }
  }
  if (!has_kind) throw wrong("the body must name a kind");
  if (request.processing_date != "latest" && !Date::parse(request.processing_date)) {
    throw wrong("processing_date must be a day, YYYY-MM-DD, or latest");
  }
  return request;
}

}  // namespace aml::bittensor
