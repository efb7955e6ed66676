#include "snapshot/window_rows.h"

#include <fmt/format.h>

#include "base/threads.h"
#include "snapshot/keyed_rows.h"
#include "snapshot/schema.h"
#include "snapshot/snapshot.h"

namespace aml::snapshot {

namespace {

std::string select_window(Connection& connection, const ParquetSource& source, const Window& window,
                          bool has_repeats, const WindowRows& rows) {
  const std::vector<Column>& columns = feature_columns();
  const WindowExpression expression = [&](const char* name) {
    return has_repeats ? fmt::format("t.{}", name)
                       : source.expression(connection, column_named(columns, name));
  };
  const std::string select = expression("address") + ", " + rows.list(expression);
  const std::string where =
      fmt::format("WHERE {} = {} AND {} = DATE {}",
                  source.expression(connection, column_named(columns, "window_days")), window.days,
                  source.expression(connection, column_named(columns, "processing_date")),
                  sql_text(window.date));
  if (!has_repeats) return fmt::format("SELECT {} FROM {} r {}", select, source.table(), where);
  return fmt::format("SELECT {} FROM (SELECT {} FROM {} r {}) t QUALIFY row_number() OVER ({}) = 1",
                     select, source.select_list(connection, columns), source.table(), where,
                     precedence({"address", std::nullopt, &columns}));
}

// False where an address comes twice.
bool take_rows(QueryResult result, const flows::Graph& graph, const WindowRows& rows) {
  std::vector<bool> is_read(graph.addresses());
  std::vector<std::optional<flows::Address>> places;
  while (const std::optional<Chunk> chunk = result.next()) {
    throw_if_stop_requested();
    const ColumnView addresses = chunk->column(0);
    places.assign(chunk->rows(), std::nullopt);
    for (std::size_t row = 0; row < places.size(); ++row) {
      if (addresses.is_null(row)) continue;
      places[row] = graph.find(addresses.as_text(row));
      if (!places[row]) continue;
      if (is_read[*places[row]]) return false;
      is_read[*places[row]] = true;
    }
    rows.take(*chunk, places);
  }
  return true;
}

}  // namespace

void read_window(Snapshot& snapshot, const flows::Graph& graph, const Window& window,
                 const WindowRows& rows) {
  Connection& connection = snapshot.connection();
  const ParquetSource& source = snapshot.source(File::features);
  for (const bool has_repeats : {false, true}) {
    rows.begin();
    const std::string select = select_window(connection, source, window, has_repeats, rows);
    if (take_rows(source.query(connection, select), graph, rows)) return;
  }
}

}  // namespace aml::snapshot
