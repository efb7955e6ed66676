#include "bittensor/commitment.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <utility>

#include "base/error.h"
#include "base/hash.h"
#include "base/hex.h"

namespace aml::bittensor {

namespace {

constexpr std::string_view kBodyDomain = "aml-body/1";
constexpr std::string_view kCommitmentDomain = "aml-commitment/1";
constexpr std::string_view kOpeningDomain = "aml-opening/1";
constexpr std::size_t kDigestBytes = 32;
constexpr std::size_t kLongestKey = 128;

Error wrong(const std::string& what) { return {ErrorKind::bad_input, what}; }

bool is_hash(std::string_view text) { return is_lower_hex(text, 2 * kDigestBytes); }

std::string bytes_of(std::string_view hex) {
  std::array<std::uint8_t, kDigestBytes> bytes{};
  if (!is_hash(hex) || !from_hex(hex, bytes)) throw wrong("a hash or salt is no 64 hex digits");
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::string with_length(std::string_view field) {
  std::string text;
  for (int shift = 24; shift >= 0; shift -= 8) {
    text += static_cast<char>((field.size() >> shift) & 0xFF);
  }
  return text.append(field);
}

// What separates keys in an opening, and parts of a key, stands in none.
bool is_key(std::string_view key) {
  return !key.empty() && key.size() <= kLongestKey &&
         std::all_of(key.begin(), key.end(), [](char c) {
           return c > ' ' && c <= '~' && c != ',' && c != '=' && c != ':';
         });
}

// RFC 6962, 2.1, of what the leaves are hashed to.
std::string tree_hash(std::span<const std::string> hashes) {
  if (hashes.size() == 1) return hashes.front();
  const std::size_t left = std::bit_floor(hashes.size() - 1);
  return bytes_of(hash_text(
      HashKind::sha256, '\x01' + tree_hash(hashes.first(left)) + tree_hash(hashes.subspan(left))));
}

}  // namespace

std::string canonical_body(std::string_view processing_date, std::string_view kind,
                           std::vector<ScoredId> rows) {
  std::sort(rows.begin(), rows.end(),
            [](const ScoredId& a, const ScoredId& b) { return a.id < b.id; });
  std::string body =
      fmt::format("{}\n{}\n{}\n{}\n", kBodyDomain, processing_date, kind, rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto& [id, score] = rows[i];
    if (i > 0 && rows[i - 1].id == id) throw wrong("two rows have one alert_id");
    if (!(score >= 0 && score <= 1)) throw wrong("a score is not in [0, 1]");
    // 0.0 and -0.0 are one score.
    const std::uint64_t bits = score == 0 ? 0 : std::bit_cast<std::uint64_t>(score);
    fmt::format_to(std::back_inserter(body), "{}:{} {:016x}\n", id.size(), id, bits);
  }
  return body;
}

std::string commitment_hash(const CommittedAnswer& answer, std::string_view salt) {
  const std::array<std::string, 11> fields{std::string(kCommitmentDomain),
                                           answer.genesis_hash,
                                           fmt::format("{}", answer.netuid),
                                           answer.hotkey,
                                           answer.network,
                                           fmt::format("{}", answer.window_days),
                                           answer.processing_date,
                                           answer.kind,
                                           answer.snapshot_sha256,
                                           bytes_of(salt),
                                           bytes_of(answer.body_sha256)};
  std::string text;
  for (const std::string& field : fields) text += with_length(field);
  return hash_text(HashKind::sha256, text);
}

std::string commitment_key(const CommittedAnswer& answer) {
  return fmt::format("{}/{}/{}", answer.network, answer.window_days, answer.kind);
}

std::string commitment_root(std::vector<CommitmentLeaf> leaves) {
  if (leaves.empty() || leaves.size() > kMostLeaves) {
    throw wrong(fmt::format("a commitment has 1 to {} leaves", kMostLeaves));
  }
  std::sort(leaves.begin(), leaves.end(),
            [](const CommitmentLeaf& a, const CommitmentLeaf& b) { return a.key < b.key; });
  std::vector<std::string> hashes;
  for (std::size_t i = 0; i < leaves.size(); ++i) {
    if (!is_key(leaves[i].key)) throw wrong("a leaf's key is malformed");
    if (i > 0 && leaves[i - 1].key == leaves[i].key) {
      throw wrong("two answers of one network, window and kind were committed");
    }
    hashes.push_back(
        bytes_of(hash_text(HashKind::sha256, '\0' + with_length(leaves[i].key) +
                                                 with_length(bytes_of(leaves[i].hash)))));
  }
  return to_hex(tree_hash(hashes));
}

std::string Opening::to_text() const {
  std::string text = fmt::format("{}:{}:", kOpeningDomain, salt);
  for (const CommitmentLeaf& leaf : leaves) {
    text += fmt::format("{}{}={}", text.ends_with(':') ? "" : ",", leaf.key, leaf.hash);
  }
  return text;
}

Opening Opening::parse(std::string_view text) {
  const Error malformed = wrong("the opening is malformed");
  const std::string head = fmt::format("{}:", kOpeningDomain);
  if (!text.starts_with(head)) throw malformed;
  text.remove_prefix(head.size());
  Opening opening;
  opening.salt = text.substr(0, 2 * kSaltBytes);
  if (!is_hash(opening.salt) || text.size() <= opening.salt.size() ||
      text[opening.salt.size()] != ':') {
    throw malformed;
  }
  text.remove_prefix(opening.salt.size() + 1);
  while (!text.empty()) {
    const std::string_view leaf = text.substr(0, text.find(','));
    const std::size_t equals = leaf.find('=');
    if (equals == std::string_view::npos || opening.leaves.size() == kMostLeaves) throw malformed;
    opening.leaves.push_back(
        {std::string(leaf.substr(0, equals)), std::string(leaf.substr(equals + 1))});
    if (!is_key(opening.leaves.back().key) || !is_hash(opening.leaves.back().hash)) throw malformed;
    if (leaf.size() == text.size()) return opening;
    text.remove_prefix(leaf.size() + 1);
  }
  throw malformed;  // no leaf, or a comma at the end
}

std::optional<std::string> find_commitment_flaw(const CommittedAnswer& answer,
                                                const Opening& opening, std::string_view root) {
  try {
    if (commitment_root(opening.leaves) != root) return "the opening is of another commitment";
    const std::string key = commitment_key(answer);
    const auto leaf = std::find_if(opening.leaves.begin(), opening.leaves.end(),
                                   [&](const CommitmentLeaf& one) { return one.key == key; });
    if (leaf == opening.leaves.end()) return "nothing was committed for " + key;
    if (leaf->hash != commitment_hash(answer, opening.salt)) {
      return "what was committed is another answer, or another hotkey's";
    }
    return std::nullopt;
  } catch (const Error& e) {
    return e.what();
  }
}

}  // namespace aml::bittensor
