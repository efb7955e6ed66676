#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/database.h"
#include "flows/graph.h"

namespace aml::snapshot {

class Snapshot;

// A window of a day, as subjects have it.
struct Window {
  std::int64_t days = 0;
  std::string date;  // YYYY-MM-DD
};

// A documented column of features.parquet as SQL.
using WindowExpression = std::function<std::string(const char* name)>;
// Where each row's address stands in the graph; nothing: it has no transfer.
using Places = std::span<const std::optional<flows::Address>>;

// What is asked of the rows of features.parquet of a window.
struct WindowRows {
  // The columns, from the second one on; the first is the address.
  std::function<std::string(const WindowExpression& expression)> list;
  std::function<void()> begin;  // forgets what was taken
  std::function<void(const Chunk& chunk, Places places)> take;
};

// Gives each address of the graph one row at the most: of several the one that counts for the table
// features, too. Whether there are several is found on the way, and then it begins again. Throws as
// Snapshot::source.
void read_window(Snapshot& snapshot, const flows::Graph& graph, const Window& window,
                 const WindowRows& rows);

}  // namespace aml::snapshot
