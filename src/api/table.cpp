#include "api/table.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <numeric>

#include "base/json_text.h"

namespace aml::api {

namespace {

// Room for the fixed parts of a row, so that the text seldom grows while it is written.
constexpr std::size_t kRowFrame = 160;
// Quotes in an explanation are escaped: its JSON grows by about a quarter.
constexpr double kEscapedGrowth = 1.3;

void append_member(std::string& json, const char* key, std::string_view value) {
  fmt::format_to(std::back_inserter(json), "\"{}\":", key);
  append_json_text(json, value);
}

void append_member(std::string& json, const char* key, double value) {
  fmt::format_to(std::back_inserter(json), "\"{}\":", key);
  append_json_number(json, value);
}

}  // namespace

void Table::begin(const results::Metadata& metadata, std::size_t rows, std::size_t bytes) {
  text_.reserve(bytes + 4 * kRowFrame + metadata.network.size());
  rows_.reserve(rows);
  ids_.reserve(rows);
  text_ = "{";
  append_member(text_, "processing_date", metadata.processing_date);
  text_ += ',';
  append_member(text_, "network", metadata.network);
  fmt::format_to(std::back_inserter(text_), ",\"window_days\":{},", metadata.window_days);
  append_member(text_, "model_version", metadata.model_version(kind_->model));
  fmt::format_to(std::back_inserter(text_), ",\"{}\":{},\"{}\":[", kind_->total_key, rows,
                 kind_->rows_key);
  rows_begin_ = text_.size();
}

void Table::end_row(std::size_t begin, std::size_t explanation, const std::string& id,
                    double score) {
  text_ += '}';
  rows_.push_back({begin, explanation, text_.size(), score});
  ids_.push_back(id);
}

void Table::end(const results::Metadata& metadata, double total_latency_ms) {
  rows_end_ = text_.size();
  text_ += "],\"metadata\":{";
  append_member(text_, "processed_at", metadata.processed_at);
  fmt::format_to(std::back_inserter(text_), ",\"{}\":{},", kind_->total_key, rows());
  append_member(text_, "model_version", metadata.model_version(kind_->model));
  text_ += ',';
  append_member(text_, "total_latency_ms", total_latency_ms);
  text_ += ',';
  append_member(text_, "avg_latency_ms",
                rows_.empty() ? 0 : total_latency_ms / static_cast<double>(rows()));
  text_ += "}}\n";

  by_id_.resize(ids_.size());
  std::iota(by_id_.begin(), by_id_.end(), 0U);
  const auto before = [&](std::uint32_t a, std::uint32_t b) { return ids_[a] < ids_[b]; };
  // Scores come sorted already; rankings do not.
  if (!std::is_sorted(by_id_.begin(), by_id_.end(), before)) {
    std::sort(by_id_.begin(), by_id_.end(), before);
  }
}

Table::Table(const TableKind& kind, const results::Metadata& metadata,
             const std::vector<results::ScoredRow>& rows)
    : kind_(&kind) {
  std::size_t bytes = 0;
  for (const results::ScoredRow& row : rows) {
    bytes += kRowFrame + static_cast<std::size_t>(static_cast<double>(row.explain_json.size()) *
                                                  kEscapedGrowth);
  }
  begin(metadata, rows.size(), bytes);
  double latency_ms = 0;
  for (const results::ScoredRow& row : rows) {
    if (!rows_.empty()) text_ += ',';
    const std::size_t start = text_.size();
    text_ += '{';
    append_member(text_, kind.id, row.id);
    text_ += ',';
    append_member(text_, "score", row.score);
    text_ += ',';
    append_member(text_, "model_version", row.model_version);
    text_ += ',';
    append_member(text_, "latency_ms", row.latency_ms);
    const std::size_t explanation = text_.size();
    if (row.explain_json.empty()) {
      text_ += ",\"explain_json\":null";
    } else {
      text_ += ',';
      append_member(text_, "explain_json", row.explain_json);
    }
    end_row(start, explanation, row.id, row.score);
    latency_ms += row.latency_ms;
  }
  end(metadata, latency_ms);
}

Table::Table(const TableKind& kind, const results::Metadata& metadata,
             const std::vector<results::RankedRow>& rows)
    : kind_(&kind) {
  begin(metadata, rows.size(), rows.size() * kRowFrame);
  for (const results::RankedRow& row : rows) {
    if (!rows_.empty()) text_ += ',';
    const std::size_t start = text_.size();
    text_ += '{';
    append_member(text_, kind.id, row.alert_id);
    fmt::format_to(std::back_inserter(text_), ",\"rank\":{},", row.rank);
    append_member(text_, "score", row.score);
    end_row(start, text_.size(), row.alert_id, row.score);
  }
  // Ranking is timed as a whole, not by row.
  const auto stage = metadata.latencies_ms.find("rank_alerts");
  end(metadata, stage == metadata.latencies_ms.end() ? 0 : stage->second);
}

std::size_t Table::bytes() const {
  std::size_t bytes = text_.capacity() + rows_.capacity() * sizeof(Row) +
                      ids_.capacity() * sizeof(std::string) +
                      by_id_.capacity() * sizeof(std::uint32_t);
  for (const std::string& id : ids_) bytes += id.capacity() + 1;
  return bytes;
}

std::optional<std::size_t> Table::find(std::string_view id) const {
  const auto found = std::lower_bound(
      by_id_.begin(), by_id_.end(), id,
      [&](std::uint32_t row, std::string_view wanted) { return ids_[row] < wanted; });
  if (found == by_id_.end() || ids_[*found] != id) return std::nullopt;
  return *found;
}

std::string_view Table::object(std::size_t row) const {
  return std::string_view(text_).substr(rows_[row].begin, rows_[row].end - rows_[row].begin);
}

std::vector<std::size_t> Table::select(const ListQuery& query) const {
  std::vector<std::size_t> selected;
  std::uint64_t skipped = 0;
  for (std::size_t row = 0; row < rows_.size(); ++row) {
    if (query.min_score && !(rows_[row].score >= *query.min_score)) continue;
    if (skipped < query.offset) {
      ++skipped;
      continue;
    }
    if (query.limit && selected.size() >= *query.limit) break;
    selected.push_back(row);
  }
  return selected;
}

void Table::append_row(std::string& text, std::size_t row, bool explain) const {
  if (explain) {
    text += object(row);
  } else {
    text.append(text_, rows_[row].begin, rows_[row].explanation - rows_[row].begin);
    text += '}';
  }
}

std::string Table::json(const ListQuery& query) const {
  if (query.everything()) return text_;
  std::string json = text_.substr(0, rows_begin_);
  const char* separator = "";
  for (const std::size_t row : select(query)) {
    json += separator;
    append_row(json, row, query.explain);
    separator = ",";
  }
  return json.append(text_, rows_end_);
}

std::string Table::ndjson(const ListQuery& query) const {
  std::string lines;
  if (query.everything()) lines.reserve(text_.size() + 1);
  for (const std::size_t row : select(query)) {
    append_row(lines, row, query.explain);
    lines += '\n';
  }
  return lines;
}

}  // namespace aml::api
