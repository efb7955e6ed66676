#include "api/table.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <numeric>

#include "base/error.h"
#include "base/json_text.h"

namespace aml::api {

namespace {

// What comes is guessed from what came, and a little more.
constexpr double kReserve = 1.05;

void append_member(std::string& json, const char* key, std::string_view value) {
  fmt::format_to(std::back_inserter(json), "\"{}\":", key);
  append_json_text(json, value);
}

void append_member(std::string& json, const char* key, double value) {
  fmt::format_to(std::back_inserter(json), "\"{}\":", key);
  append_json_number(json, value);
}

}  // namespace

void TablePiece::reserve(std::size_t rows, std::size_t explanation_bytes) {
  // Quotes in an explanation are escaped.
  constexpr std::size_t kRowFrame = 160;
  text_.reserve(rows * kRowFrame + explanation_bytes + explanation_bytes / 4);
  rows_.reserve(rows);
  ids_.reserve(rows);
  latencies_ms_.reserve(rows);
}

std::size_t TablePiece::begin_row(std::string_view id) {
  if (!rows_.empty()) text_ += ',';
  const std::size_t begin = text_.size();
  text_ += '{';
  append_member(text_, kind_->id, id);
  return begin;
}

void TablePiece::end_row(std::size_t begin, std::size_t explanation, std::string_view id,
                         double score) {
  text_ += '}';
  rows_.push_back({begin, explanation, text_.size(), score});
  ids_.emplace_back(id);
}

void TablePiece::add_scored(std::string_view id, double score, std::string_view model_version,
                            double latency_ms, std::string_view explain_json) {
  const std::size_t begin = begin_row(id);
  text_ += ',';
  append_member(text_, "score", score);
  text_ += ',';
  append_member(text_, "model_version", model_version);
  text_ += ',';
  append_member(text_, "latency_ms", latency_ms);
  const std::size_t explanation = text_.size();
  if (explain_json.empty()) {
    text_ += ",\"explain_json\":null";
  } else {
    text_ += ',';
    append_member(text_, "explain_json", explain_json);
  }
  end_row(begin, explanation, id, score);
  latencies_ms_.push_back(latency_ms);
}

void TablePiece::add_ranked(std::string_view id, std::int64_t rank, double score) {
  const std::size_t begin = begin_row(id);
  fmt::format_to(std::back_inserter(text_), ",\"rank\":{},", rank);
  append_member(text_, "score", score);
  end_row(begin, text_.size(), id, score);
}

Table::Table(const TableKind& kind, const results::Metadata& metadata, std::size_t rows)
    : kind_(&kind), expected_rows_(rows) {
  rows_.reserve(rows);
  ids_.reserve(rows);
  text_ += '{';
  append_member(text_, "processing_date", metadata.processing_date);
  text_ += ',';
  append_member(text_, "network", metadata.network);
  fmt::format_to(std::back_inserter(text_), ",\"window_days\":{},", metadata.window_days);
  append_member(text_, "model_version", metadata.model_version(kind_->model));
  fmt::format_to(std::back_inserter(text_), ",\"{}\":{},\"{}\":[", kind_->total_key, rows,
                 kind_->rows_key);
  rows_begin_ = text_.size();
}

void Table::add(TablePiece piece) {
  if (piece.rows_.empty()) return;
  if (rows_.empty()) {
    const double growth =
        static_cast<double>(expected_rows_) / static_cast<double>(piece.rows_.size()) * kReserve;
    text_.reserve(text_.size() +
                  static_cast<std::size_t>(static_cast<double>(piece.text_.size()) * growth));
  } else {
    text_ += ',';
  }
  const std::size_t begin = text_.size();
  text_ += piece.text_;
  for (const Row& row : piece.rows_) {
    rows_.push_back({begin + row.begin, begin + row.explanation, begin + row.end, row.score});
  }
  for (std::string& id : piece.ids_) ids_.push_back(std::move(id));
  for (const double latency_ms : piece.latencies_ms_) latency_ms_ += latency_ms;
}

void Table::end(const results::Metadata& metadata) {
  double total_latency_ms = latency_ms_;
  if (kind_ == &kAlertRankings) {
    // Ranking is timed as a whole, not by row.
    const auto stage = metadata.latencies_ms.find("rank_alerts");
    total_latency_ms = stage == metadata.latencies_ms.end() ? 0 : stage->second;
  }
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
  const auto twice = std::adjacent_find(by_id_.begin(), by_id_.end(),
                                        [&](auto a, auto b) { return ids_[a] == ids_[b]; });
  if (twice != by_id_.end()) {
    throw two_rows(*kind_, ids_[*twice]);
  }
}

Table::Table(const TableKind& kind, const results::Metadata& metadata,
             const std::vector<results::ScoredRow>& rows)
    : Table(kind, metadata, rows.size()) {
  TablePiece piece(kind);
  for (const results::ScoredRow& row : rows) {
    piece.add_scored(row.id, row.score, row.model_version, row.latency_ms, row.explain_json);
  }
  add(std::move(piece));
  end(metadata);
}

Table::Table(const TableKind& kind, const results::Metadata& metadata,
             const std::vector<results::RankedRow>& rows)
    : Table(kind, metadata, rows.size()) {
  TablePiece piece(kind);
  for (const results::RankedRow& row : rows) piece.add_ranked(row.alert_id, row.rank, row.score);
  add(std::move(piece));
  end(metadata);
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
