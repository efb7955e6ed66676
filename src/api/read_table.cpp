#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "api/table.h"
#include "base/error.h"
#include "base/threads.h"
#include "results/row_stream.h"

namespace aml::api {

namespace {

using results::RowStream;

RowStream open(const TableKind& kind, const std::filesystem::path& file, RowStream::Order order) {
  if (&kind == &kAlertRankings) return RowStream::ranked(file, order);
  return RowStream::scored(file, kind.id, order);
}

// Whether the rows stand in the order in which they are published; `last` is the key before them,
// and becomes that of the last one.
class OrderCheck {
 public:
  explicit OrderCheck(const TableKind& kind) : is_ranked_(&kind == &kAlertRankings) {}

  bool holds_for(const Chunk& chunk) {
    const std::size_t rows = chunk.rows();
    if (is_ranked_) {
      const ColumnView ranks = chunk.column(1);
      for (std::size_t row = 0; row < rows; ++row) {
        if (ranks.as_int64(row) != last_rank_ + 1) return false;
        last_rank_ = ranks.as_int64(row);
      }
      return true;
    }
    const ColumnView ids = chunk.column(0);
    std::string_view last = last_id_;
    for (std::size_t row = 0; row < rows; ++row) {
      if (ids.as_text(row) < last) return false;
      last = ids.as_text(row);
    }
    last_id_ = std::string(last);
    return true;
  }

 private:
  bool is_ranked_;
  std::int64_t last_rank_ = 0;
  std::string last_id_;
};

std::size_t explanation_bytes(const TableKind& kind, const Chunk& chunk) {
  std::size_t bytes = 0;
  if (!kind.explained) return bytes;
  const ColumnView explanations = chunk.column(4);
  for (std::size_t row = 0; row < chunk.rows(); ++row) {
    if (!explanations.is_null(row)) bytes += explanations.as_text(row).size();
  }
  return bytes;
}

std::optional<bool> flag(const ColumnView& column, std::size_t row) {
  return column.is_null(row) ? std::nullopt : std::optional(column.as_int64(row) != 0);
}

TablePiece render(const TableKind& kind, const Chunk& chunk) {
  TablePiece piece(kind);
  piece.reserve(chunk.rows(), explanation_bytes(kind, chunk));
  const ColumnView ids = chunk.column(0);
  for (std::size_t row = 0; row < chunk.rows(); ++row) {
    if (&kind == &kAlertRankings) {
      piece.add_ranked(ids.as_text(row), chunk.column(1).as_int64(row),
                       chunk.column(2).as_double(row), chunk.column(3).text_or_empty(row),
                       flag(chunk.column(4), row));
    } else {
      const ColumnView probability = chunk.column(5);
      piece.add_scored(
          ids.as_text(row), chunk.column(1).as_double(row),
          probability.is_null(row) ? std::nullopt : std::optional(probability.as_double(row)),
          chunk.column(2).as_text(row), chunk.column(3).as_double(row),
          chunk.column(4).text_or_empty(row), flag(chunk.column(6), row));
    }
  }
  return piece;
}

// On another thread, or where there is none, on this one.
std::future<TablePiece> start_rendering(const TableKind& kind, Chunk chunk) {
  const auto rows = std::make_shared<const Chunk>(std::move(chunk));
  const auto work = [&kind, rows] { return render(kind, *rows); };
  try {
    return std::async(std::launch::async, work);
  } catch (const std::system_error&) {
    return std::async(std::launch::deferred, work);
  }
}

// Nothing where the rows are not in order. This thread reads the file; others turn what was read
// into JSON, of which a few pieces at a time are under way.
std::optional<Table> read_in_order(const TableKind& kind, const results::Metadata& metadata,
                                   RowStream stream, int threads, http::Budget::Charge& charge) {
  Table table(kind, metadata, stream.rows());
  OrderCheck order(kind);
  std::deque<std::future<TablePiece>> under_way;
  const auto take_first = [&] {
    table.add(under_way.front().get());
    under_way.pop_front();
    charge.resize(table.bytes());
  };
  while (auto chunk = stream.next()) {
    throw_if_stop_requested();
    if (!order.holds_for(*chunk)) return std::nullopt;
    under_way.push_back(start_rendering(kind, std::move(*chunk)));
    while (under_way.size() > static_cast<std::size_t>(std::max(1, threads))) take_first();
  }
  while (!under_way.empty()) take_first();
  table.end(metadata);
  charge.resize(table.bytes());
  return table;
}

Error wrong_ranks(const std::filesystem::path& file) {
  return {ErrorKind::bad_input,
          file.string() + ": its ranks are not 1, 2, 3 and so on; process the day again"};
}

// Whether all rows are in order. Throws where one may not be, or two have the same id.
bool is_in_order(const TableKind& kind, RowStream stream) {
  OrderCheck order(kind);
  std::vector<std::string> ids;
  ids.reserve(stream.rows());
  while (const auto chunk = stream.next()) {
    if (!order.holds_for(*chunk)) return false;
    const ColumnView column = chunk->column(0);
    for (std::size_t row = 0; row < chunk->rows(); ++row) ids.emplace_back(column.as_text(row));
  }
  std::sort(ids.begin(), ids.end());
  const auto twice = std::adjacent_find(ids.begin(), ids.end());
  if (twice == ids.end()) return true;
  throw two_rows(kind, *twice);
}

}  // namespace

Error two_rows(const TableKind& kind, std::string_view id) {
  return {ErrorKind::bad_input,
          fmt::format("{} has two rows of {} \"{}\"", kind.file, kind.id, id)};
}

void check_table(const TableKind& kind, const std::filesystem::path& file) {
  if (is_in_order(kind, open(kind, file, RowStream::Order::as_written))) return;
  if (!is_in_order(kind, open(kind, file, RowStream::Order::sorted))) throw wrong_ranks(file);
}

Table read_table(const TableKind& kind, const results::Metadata& metadata,
                 const std::filesystem::path& file, int threads, http::Budget::Charge& charge) {
  auto table = read_in_order(kind, metadata, open(kind, file, RowStream::Order::as_written),
                             threads, charge);
  // Not written by `process`, which sorts.
  if (!table) {
    table =
        read_in_order(kind, metadata, open(kind, file, RowStream::Order::sorted), threads, charge);
  }
  if (!table) throw wrong_ranks(file);
  return std::move(*table);
}

}  // namespace aml::api
