#include "miner/commitment_store.h"

#include <algorithm>
#include <deque>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/date.h"
#include "base/error.h"
#include "base/file_system.h"
#include "base/files.h"
#include "base/hash.h"
#include "base/log.h"
#include "bittensor/scores_request.h"

namespace aml::miner {

using Json = nlohmann::ordered_json;
namespace fs = std::filesystem;

namespace {

constexpr int kFormat = 1;
constexpr std::uint64_t kMostFileBytes = 1 << 20;
constexpr std::uint64_t kMostBodyBytes = 1ull << 30;
constexpr const char* kRevealed = "revealed.json";

std::string to_json(const KeptCommitment& kept) {
  const bittensor::CommittedAnswer& answer = kept.answer;
  return Json{{"format_version", kFormat},
              {"genesis_hash", answer.genesis_hash},
              {"netuid", answer.netuid},
              {"hotkey", answer.hotkey},
              {"network", answer.network},
              {"window_days", answer.window_days},
              {"processing_date", answer.processing_date},
              {"kind", answer.kind},
              {"snapshot_sha256", answer.snapshot_sha256},
              {"body_sha256", answer.body_sha256},
              {"salt", kept.salt},
              {"root", kept.root},
              {"model_version", kept.model_version},
              {"list_sha256", kept.list_sha256},
              {"sequence", kept.sequence},
              {"sent_block", kept.sent_block}}
             .dump(2) +
         "\n";
}

KeptCommitment from_json(const std::string& text) {
  const Json json = Json::parse(text);
  if (json.at("format_version").get<int>() > kFormat) {
    throw Error(ErrorKind::bad_input, "it was written by a newer program");
  }
  KeptCommitment kept;
  bittensor::CommittedAnswer& answer = kept.answer;
  json.at("genesis_hash").get_to(answer.genesis_hash);
  json.at("netuid").get_to(answer.netuid);
  json.at("hotkey").get_to(answer.hotkey);
  json.at("network").get_to(answer.network);
  json.at("window_days").get_to(answer.window_days);
  json.at("processing_date").get_to(answer.processing_date);
  json.at("kind").get_to(answer.kind);
  json.at("snapshot_sha256").get_to(answer.snapshot_sha256);
  json.at("body_sha256").get_to(answer.body_sha256);
  json.at("salt").get_to(kept.salt);
  json.at("root").get_to(kept.root);
  json.at("model_version").get_to(kept.model_version);
  json.at("list_sha256").get_to(kept.list_sha256);
  json.at("sequence").get_to(kept.sequence);
  json.at("sent_block").get_to(kept.sent_block);
  return kept;
}

// Collects alert_id and score of the objects in the document's list "scores".
class ScoreReader : public nlohmann::json_sax<Json> {
 public:
  const std::deque<std::pair<std::string, double>>& rows() const { return rows_; }

  bool key(string_t& name) override {
    key_ = name;
    if (depth_ == 1) in_scores_ = name == "scores";
    return true;
  }
  bool start_object(std::size_t) override {
    ++depth_;
    if (is_row()) {
      row_ = {};
      has_id_ = has_score_ = false;
    }
    return true;
  }
  bool end_object() override {
    if (is_row()) {
      if (!has_id_ || !has_score_) return false;
      rows_.push_back(std::move(row_));
    }
    --depth_;
    return true;
  }
  bool start_array(std::size_t) override {
    ++depth_;
    return true;
  }
  bool end_array() override {
    --depth_;
    return true;
  }
  bool string(string_t& text) override {
    if (is_row() && key_ == "alert_id") {
      row_.first = text;
      has_id_ = true;
    }
    return true;
  }
  bool number_float(number_float_t value, const string_t&) override { return number(value); }
  bool number_integer(number_integer_t value) override {
    return number(static_cast<double>(value));
  }
  bool number_unsigned(number_unsigned_t value) override {
    return number(static_cast<double>(value));
  }
  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool binary(binary_t&) override { return false; }
  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) override {
    return false;
  }

 private:
  // The document, its list, a row.
  bool is_row() const { return in_scores_ && depth_ == 3; }
  bool number(double value) {
    if (is_row() && key_ == "score") {
      row_.second = value;
      has_score_ = true;
    }
    return true;
  }

  std::deque<std::pair<std::string, double>> rows_;
  std::pair<std::string, double> row_;
  bool has_id_ = false;
  bool has_score_ = false;
  bool in_scores_ = false;
  int depth_ = 0;
  std::string key_;
};

}  // namespace

bittensor::Opening KeptCommitment::opening() const {
  return {salt, {{bittensor::commitment_key(answer), bittensor::commitment_hash(answer, salt)}}};
}

std::string canonical_body_of(const std::string& processing_date, const std::string& list) {
  ScoreReader reader;
  if (!Json::sax_parse(list, &reader)) {
    throw Error(ErrorKind::unavailable, "the API's alert scores cannot be read");
  }
  std::vector<bittensor::ScoredId> rows;
  rows.reserve(reader.rows().size());
  for (const auto& [id, score] : reader.rows()) rows.push_back({id, score});
  try {
    return bittensor::canonical_body(processing_date,
                                     bittensor::kind_name(bittensor::ScoresKind::alert_scores),
                                     std::move(rows));
  } catch (const Error& e) {
    throw Error(ErrorKind::unavailable, std::string("the API's alert scores: ") + e.what());
  }
}

CommitmentStore::CommitmentStore(fs::path folder) : folder_(std::move(folder)) {
  make_folders(folder_);
}

fs::path CommitmentStore::file(const KeptCommitment& commitment, const char* ending) const {
  return folder_ / commitment.answer.processing_date / (commitment.root + ending);
}

void CommitmentStore::keep(const KeptCommitment& commitment, const std::string& body) const {
  make_folders(folder_ / commitment.answer.processing_date);
  sync_path(folder_);  // the day's folder is durable before what stands in it counts
  write_file_atomically(file(commitment, ".body"), body, {.access = Access::owner});
  note_sent(commitment);
}

void CommitmentStore::note_sent(const KeptCommitment& commitment) const {
  write_file_atomically(file(commitment, ".json"), to_json(commitment), {.access = Access::owner});
}

std::vector<KeptCommitment> CommitmentStore::commitments(const std::string& date) const {
  std::vector<KeptCommitment> found;
  for (const fs::path& path : list_folder_if_possible(folder_ / date)) {
    if (path.extension() != ".json" || path.filename() == kRevealed) continue;
    if (path.filename().string().starts_with(".")) continue;
    try {
      found.push_back(from_json(read_file(path, kMostFileBytes)));
    } catch (const std::exception& e) {
      log::error("a commitment cannot be read, and not be opened",
                 {{"file", path.string()}, {"why", e.what()}});
    }
  }
  std::stable_sort(found.begin(), found.end(),
                   [](const auto& a, const auto& b) { return a.sequence < b.sequence; });
  return found;
}

std::string CommitmentStore::body(const KeptCommitment& commitment) const {
  const fs::path path = file(commitment, ".body");
  std::string body = read_file(path, kMostBodyBytes);
  if (hash_text(HashKind::sha256, body) != commitment.list_sha256) {
    throw Error(ErrorKind::bad_input, path.string() + " is damaged");
  }
  return body;
}

std::set<std::string> CommitmentStore::revealed_to(const std::string& date) const {
  const fs::path path = folder_ / date / kRevealed;
  if (!file_size_if_exists(path)) return {};
  try {
    return Json::parse(read_file(path, kMostFileBytes)).get<std::set<std::string>>();
  } catch (const std::exception& e) {
    log::warning("who was given a day's scores cannot be read",
                 {{"file", path.string()}, {"why", e.what()}});
    return {};
  }
}

void CommitmentStore::note_revealed(const std::string& date,
                                    const std::set<std::string>& hotkeys) const {
  make_folders(folder_ / date);
  write_file_atomically(folder_ / date / kRevealed, Json(hotkeys).dump() + "\n");
}

std::vector<std::string> CommitmentStore::dates() const {
  std::vector<std::string> dates;
  for (const fs::path& path : list_folder_if_possible(folder_)) {
    std::string name = path.filename().string();
    if (Date::parse(name)) dates.push_back(std::move(name));
  }
  std::sort(dates.begin(), dates.end());
  return dates;
}

void CommitmentStore::remove(const std::string& date) const { try_remove_tree(folder_ / date); }

}  // namespace aml::miner
