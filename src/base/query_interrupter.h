#pragma once

#include <condition_variable>
#include <mutex>
#include <set>
#include <thread>

namespace aml {

// Ends the running statements of a database's connections soon after a signal asked the program to
// stop: a statement may run for hours, and nobody looks at stop_requested() meanwhile.
class QueryInterrupter {
 public:
  QueryInterrupter();
  ~QueryInterrupter();
  QueryInterrupter(const QueryInterrupter&) = delete;
  QueryInterrupter& operator=(const QueryInterrupter&) = delete;

  // DuckDB's duckdb_connection, from its opening to its closing.
  void add(void* connection);
  void remove(void* connection);

 private:
  void watch();

  std::mutex mutex_;
  std::condition_variable closed_;
  bool is_closed_ = false;
  std::set<void*> connections_;
  std::jthread watcher_;
};

}  // namespace aml
