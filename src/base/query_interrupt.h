#pragma once

#include <memory>

#include "base/threads.h"

// DuckDB's own duckdb_connection, without its header.
struct _duckdb_connection;

// For the .cpp files that call DuckDB: statements may run for hours, and nobody looks at
// stop_requested() meanwhile.
namespace aml {

// A connection whose running statement ends soon after a signal asked the program to stop. From its
// opening to its closing.
class WatchedConnection {
 public:
  explicit WatchedConnection(_duckdb_connection* connection);
  ~WatchedConnection();
  WatchedConnection(const WatchedConnection&) = delete;
  WatchedConnection& operator=(const WatchedConnection&) = delete;

 private:
  friend class QueryInterrupt;
  class Watch;
  std::shared_ptr<Watch> watch_;
  _duckdb_connection* connection_;
};

// While it lives, the connection's statement ends also once this thread's StopScope says that work
// should end; without such a scope it does nothing. Lives shorter than the connection.
class QueryInterrupt {
 public:
  explicit QueryInterrupt(const WatchedConnection& connection);
  ~QueryInterrupt();
  QueryInterrupt(const QueryInterrupt&) = delete;
  QueryInterrupt& operator=(const QueryInterrupt&) = delete;

 private:
  const WatchedConnection& connection_;
  std::shared_ptr<const StopQuestion> outer_;
};

}  // namespace aml
