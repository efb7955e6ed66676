#pragma once

#include <memory>

#include "base/threads.h"

// DuckDB's own duckdb_connection, without its header.
struct _duckdb_connection;

namespace aml {

// While it lives, the query that runs on the connection is interrupted once this thread's StopScope
// says that work should end; without such a scope it does nothing. For the .cpp files that call
// DuckDB.
class QueryInterrupt {
 public:
  explicit QueryInterrupt(_duckdb_connection* connection);
  ~QueryInterrupt();
  QueryInterrupt(const QueryInterrupt&) = delete;
  QueryInterrupt& operator=(const QueryInterrupt&) = delete;

 private:
  class Watch;
  static Watch& watch();
  std::shared_ptr<const StopQuestion> question_;
  _duckdb_connection* connection_;
};

}  // namespace aml
