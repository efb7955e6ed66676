#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace aml::bittensor {

// Which list of a day is asked for.
enum class ScoresKind { alert_scores, alert_rankings, cluster_scores };

// "alert_scores", …
std::string_view kind_name(ScoresKind kind);
std::optional<ScoresKind> parse_kind(std::string_view name);

// Where requests for scores go.
inline constexpr const char* kScoresPath = "/v1/scores";

// The body of POST /v1/scores; docs/protocol.md describes it.
struct ScoresRequest {
  std::string processing_date;  // YYYY-MM-DD, or "latest"
  ScoresKind kind = ScoresKind::alert_scores;
  // The snapshot the scores must have been made from, 64 hex digits; empty: any.
  std::string snapshot_sha256{};
  // Up to 256 printable ASCII characters of the asker's choice. The answer's signature covers
  // them, so that the answer cannot have been signed before they were known. May be empty.
  std::string challenge{};

  // One line of JSON.
  std::string to_json() const;
  // Throws Error{usage} that says what is wrong, for an answer with status 400.
  static ScoresRequest parse(std::string_view json);
};

}  // namespace aml::bittensor
