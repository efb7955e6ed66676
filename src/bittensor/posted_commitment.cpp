#include "bittensor/posted_commitment.h"

#include <fmt/format.h>

#include <chrono>
#include <nlohmann/json.hpp>

#include "base/date.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/hex.h"
#include "base/json_members.h"

namespace aml::bittensor {

using Json = nlohmann::ordered_json;

namespace {

constexpr std::int64_t kMsPerSecond = 1'000;
constexpr std::size_t kRootDigits = 64;

Error wrong(const std::string& what) { return {ErrorKind::usage, what}; }

}  // namespace

std::string PostedCommitment::to_json() const {
  return Json{{"processing_date", processing_date}, {"root", root}}.dump();
}

PostedCommitment PostedCommitment::parse(std::string_view text) {
  const Json json = Json::parse(text, nullptr, false);
  if (!json.is_object()) throw wrong("the body must be a JSON object");
  if (names_member_twice(text)) throw wrong("the body names a member twice");
  PostedCommitment posted;
  for (const auto& [name, value] : json.items()) {
    if (name != "processing_date" && name != "root") {
      throw wrong("the body has a member that is not known here");
    }
    if (!value.is_string()) throw wrong(name + " must be text");
    (name == "root" ? posted.root : posted.processing_date) = value.get<std::string>();
  }
  if (!Date::parse(posted.processing_date)) {
    throw wrong("processing_date must be a day, YYYY-MM-DD");
  }
  if (!is_lower_hex(posted.root, kRootDigits)) {
    throw wrong("root must be 64 lowercase hex digits");
  }
  return posted;
}

std::string entry_of(const PostedCommitment& commitment) {
  return commitment_entry(Date::require(commitment.processing_date, "a day"), commitment.root);
}

std::optional<PostedCommitment> posted_of(std::string_view entry) {
  if (entry.size() != kCommitmentBytes) return std::nullopt;
  int days = 0;
  for (std::size_t i = 4; i < 8; ++i) days = days << 8 | static_cast<unsigned char>(entry[i]);
  constexpr int kMostDays = 2'900'000;  // within four digits of a year
  if (days < 0 || days > kMostDays) return std::nullopt;
  const Date date(std::chrono::sys_days{std::chrono::days(days)});
  PostedCommitment posted{date.text(), to_hex(entry.substr(8))};
  if (entry_of(posted) != entry) return std::nullopt;
  return posted;
}

std::optional<BlockStamp> first_second_at(std::int64_t time_ms, std::int64_t now_ms) {
  const std::int64_t second = (time_ms + kMsPerSecond - 1) / kMsPerSecond;
  if (now_ms < second * kMsPerSecond) return std::nullopt;
  // The same for all, as a chain's is; and known before, as no chain's is.
  return BlockStamp{static_cast<std::uint64_t>(second),
                    "0x" + hash_text(HashKind::sha256, fmt::format("second {}", second)),
                    second * kMsPerSecond};
}

}  // namespace aml::bittensor
