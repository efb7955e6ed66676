#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "http/budget.h"
#include "http/row_text.h"
#include "results/metadata.h"
#include "results/rows.h"

namespace aml::api {

// What tells the three published tables apart.
struct TableKind {
  const char* file;
  const char* id;         // "alert_id", "cluster_id"
  const char* rows_key;   // of the list in a body
  const char* total_key;  // of the number of rows in the batch
  const char* model;      // whose version stands in a body
  bool explained;         // whether rows have explanations
};

inline constexpr TableKind kAlertScores{
    results::kAlertsScoredFile, "alert_id", "scores", "total_alerts", "alert_scorer", true};
inline constexpr TableKind kAlertRankings{
    results::kAlertsRankedFile, "alert_id", "rankings", "total_alerts", "alert_ranker", false};
inline constexpr TableKind kClusterScores{
    results::kClustersScoredFile, "cluster_id", "scores", "total_clusters", "cluster_scorer", true};

// Rows of a table as JSON, before they are part of it. Rows of different pieces may be written by
// different threads.
class TablePiece {
 public:
  explicit TablePiece(const TableKind& kind) : kind_(&kind) {}
  // Room for so many rows with so many bytes of explanations, so that the text does not grow by
  // doubling.
  void reserve(std::size_t rows, std::size_t explanation_bytes);

  // Explanations are empty where there is none.
  void add_scored(std::string_view id, double score, std::optional<double> probability,
                  std::string_view model_version, double latency_ms, std::string_view explain_json,
                  std::optional<bool> is_sanctioned);
  void add_ranked(std::string_view id, std::int64_t rank, double score,
                  std::string_view rank_explain_json, std::optional<bool> is_sanctioned);

 private:
  friend class Table;
  using Row = http::RowText::Row;
  std::size_t begin_row(std::string_view id);
  void end_row(std::size_t begin, std::size_t explanation, std::string_view id, double score);

  const TableKind* kind_;
  std::string text_;  // objects with commas between them
  std::vector<Row> rows_;
  std::string ids_;  // one after the other
  std::vector<std::uint64_t> id_ends_;
  std::vector<double> latencies_ms_;
};

// One published table as JSON: the whole body, of which all others are parts.
class Table {
 public:
  // A table of `rows` rows, which add() brings in order, and end() closes. end() throws
  // Error{bad_input} where two rows have the same id.
  Table(const TableKind& kind, const results::Metadata& metadata, std::size_t rows);
  void add(TablePiece piece);
  void end(const results::Metadata& metadata);

  Table(const TableKind& kind, const results::Metadata& metadata,
        const std::vector<results::ScoredRow>& rows);
  Table(const TableKind& kind, const results::Metadata& metadata,
        const std::vector<results::RankedRow>& rows);

  const TableKind& kind() const { return *kind_; }
  std::size_t rows() const { return list_.rows.size(); }
  // What it occupies, roughly.
  std::size_t bytes() const;

  // The row of an alert or cluster, or nothing where the batch has none of that name.
  std::optional<std::size_t> find(std::string_view id) const;
  // The object of a row. REQUIRES: row < rows()
  std::string_view object(std::size_t row) const;

  // The list with all rows; docs/api.md describes it.
  const http::RowText& list() const { return list_; }
  const std::string& body() const { return list_.text; }

 private:
  std::string_view id(std::size_t row) const;

  const TableKind* kind_;
  http::RowText list_;
  std::size_t expected_rows_ = 0;
  double latency_ms_ = 0;
  std::string ids_;  // one after the other
  std::vector<std::uint64_t> id_ends_;
  std::vector<std::uint32_t> by_id_;  // rows in the order of their ids
};

// The table of a published file, made straight from its Parquet by `threads` threads; `charge` is
// charged for it as it grows. Throws as results::RowStream does, Shortage where the charge does,
// and Error{interrupted} where a stop is requested.
Table read_table(const TableKind& kind, const results::Metadata& metadata,
                 const std::filesystem::path& file, int threads, http::Budget::Charge& charge);
// Throws where read_table would, for who sends the file as it is.
void check_table(const TableKind& kind, const std::filesystem::path& file);
// Of a table that has two rows of the same id.
Error two_rows(const TableKind& kind, std::string_view id);

}  // namespace aml::api
