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

void append_sanctioned(std::string& json, std::optional<bool> is_sanctioned) {
  if (is_sanctioned) json += *is_sanctioned ? ",\"sanctioned\":true" : ",\"sanctioned\":false";
}

}  // namespace

void TablePiece::reserve(std::size_t rows, std::size_t explanation_bytes) {
  // Quotes in an explanation are escaped.
  constexpr std::size_t kRowFrame = 160;
  text_.reserve(rows * kRowFrame + explanation_bytes + explanation_bytes / 4);
  constexpr std::size_t kIdBytes = 40;
  rows_.reserve(rows);
  ids_.reserve(rows * kIdBytes);
  id_ends_.reserve(rows);
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
  ids_ += id;
  id_ends_.push_back(ids_.size());
}

void TablePiece::add_scored(std::string_view id, double score, std::optional<double> probability,
                            std::string_view model_version, double latency_ms,
                            std::string_view explain_json, std::optional<bool> is_sanctioned) {
  const std::size_t begin = begin_row(id);
  text_ += ',';
  append_member(text_, "score", score);
  text_ += ",\"probability\":";
  if (probability) {
    append_json_number(text_, *probability);
  } else {
    text_ += "null";
  }
  text_ += ',';
  append_member(text_, "model_version", model_version);
  text_ += ',';
  append_member(text_, "latency_ms", latency_ms);
  append_sanctioned(text_, is_sanctioned);
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

void TablePiece::add_ranked(std::string_view id, std::int64_t rank, double score,
                            std::string_view rank_explain_json, std::optional<bool> is_sanctioned) {
  const std::size_t begin = begin_row(id);
  fmt::format_to(std::back_inserter(text_), ",\"rank\":{},", rank);
  append_member(text_, "score", score);
  append_sanctioned(text_, is_sanctioned);
  const std::size_t explanation = text_.size();
  if (!rank_explain_json.empty()) {
    text_ += ',';
    append_member(text_, "rank_explain_json", rank_explain_json);
  }
  end_row(begin, explanation, id, score);
}

Table::Table(const TableKind& kind, const results::Metadata& metadata, std::size_t rows)
    : kind_(&kind), expected_rows_(rows) {
  list_.rows.reserve(rows);
  id_ends_.reserve(rows);
  std::string& text = list_.text;
  text += '{';
  append_member(text, "processing_date", metadata.processing_date);
  text += ',';
  append_member(text, "network", metadata.network);
  fmt::format_to(std::back_inserter(text), ",\"window_days\":{},", metadata.window_days);
  append_member(text, "model_version", metadata.model_version(kind_->model));
  fmt::format_to(std::back_inserter(text), ",\"{}\":{},\"{}\":[", kind_->total_key, rows,
                 kind_->rows_key);
  list_.rows_begin = text.size();
}

void Table::add(TablePiece piece) {
  if (piece.rows_.empty()) return;
  std::string& text = list_.text;
  if (list_.rows.empty()) {
    const double growth =
        static_cast<double>(expected_rows_) / static_cast<double>(piece.rows_.size()) * kReserve;
    const auto expected = [&](const std::string& part) {
      return static_cast<std::size_t>(static_cast<double>(part.size()) * growth);
    };
    text.reserve(text.size() + expected(piece.text_));
    ids_.reserve(expected(piece.ids_));
  } else {
    text += ',';
  }
  const std::size_t begin = text.size();
  text += piece.text_;
  for (const TablePiece::Row& row : piece.rows_) {
    list_.rows.push_back({begin + row.begin, begin + row.cut, begin + row.end, row.score});
  }
  const std::size_t ids_begin = ids_.size();
  ids_ += piece.ids_;
  for (const std::uint64_t end : piece.id_ends_) id_ends_.push_back(ids_begin + end);
  for (const double latency_ms : piece.latencies_ms_) latency_ms_ += latency_ms;
}

void Table::end(const results::Metadata& metadata) {
  double total_latency_ms = latency_ms_;
  if (kind_ == &kAlertRankings) {
    // Ranking is timed as a whole, not by row.
    const auto stage = metadata.latencies_ms.find("rank_alerts");
    total_latency_ms = stage == metadata.latencies_ms.end() ? 0 : stage->second;
  }
  std::string& text = list_.text;
  list_.rows_end = text.size();
  text += "],\"metadata\":{";
  append_member(text, "processed_at", metadata.processed_at);
  fmt::format_to(std::back_inserter(text), ",\"{}\":{},", kind_->total_key, rows());
  append_member(text, "model_version", metadata.model_version(kind_->model));
  text += ',';
  append_member(text, "total_latency_ms", total_latency_ms);
  text += ',';
  append_member(text, "avg_latency_ms",
                list_.rows.empty() ? 0 : total_latency_ms / static_cast<double>(rows()));
  text += "}}\n";

  by_id_.resize(rows());
  std::iota(by_id_.begin(), by_id_.end(), 0U);
  const auto before = [&](std::uint32_t a, std::uint32_t b) { return id(a) < id(b); };
  // Scores come sorted already; rankings do not.
  if (!std::is_sorted(by_id_.begin(), by_id_.end(), before)) {
    std::sort(by_id_.begin(), by_id_.end(), before);
  }
  const auto twice = std::adjacent_find(by_id_.begin(), by_id_.end(),
                                        [&](auto a, auto b) { return id(a) == id(b); });
  if (twice != by_id_.end()) throw two_rows(*kind_, id(*twice));
}

Table::Table(const TableKind& kind, const results::Metadata& metadata,
             const std::vector<results::ScoredRow>& rows)
    : Table(kind, metadata, rows.size()) {
  TablePiece piece(kind);
  for (const results::ScoredRow& row : rows) {
    piece.add_scored(row.id, row.score, row.probability, row.model_version, row.latency_ms,
                     row.explain_json, row.is_sanctioned);
  }
  add(std::move(piece));
  end(metadata);
}

Table::Table(const TableKind& kind, const results::Metadata& metadata,
             const std::vector<results::RankedRow>& rows)
    : Table(kind, metadata, rows.size()) {
  TablePiece piece(kind);
  for (const results::RankedRow& row : rows) {
    piece.add_ranked(row.alert_id, row.rank, row.score, row.rank_explain_json, row.is_sanctioned);
  }
  add(std::move(piece));
  end(metadata);
}

std::size_t Table::bytes() const {
  return list_.text.capacity() + list_.rows.capacity() * sizeof(http::RowText::Row) +
         ids_.capacity() + id_ends_.capacity() * sizeof(std::uint64_t) +
         by_id_.capacity() * sizeof(std::uint32_t);
}

std::string_view Table::id(std::size_t row) const {
  const std::uint64_t begin = row == 0 ? 0 : id_ends_[row - 1];
  return std::string_view(ids_).substr(begin, id_ends_[row] - begin);
}

std::optional<std::size_t> Table::find(std::string_view wanted) const {
  const auto found =
      std::lower_bound(by_id_.begin(), by_id_.end(), wanted,
                       [&](std::uint32_t row, std::string_view text) { return id(row) < text; });
  if (found == by_id_.end() || id(*found) != wanted) return std::nullopt;
  return *found;
}

std::string_view Table::object(std::size_t row) const {
  const http::RowText::Row& place = list_.rows[row];
  return std::string_view(list_.text).substr(place.begin, place.end - place.begin);
}

}  // namespace aml::api
