#include "base/query_interrupter.h"

#include <duckdb.h>

#include <chrono>

#include "base/threads.h"

namespace aml {

QueryInterrupter::QueryInterrupter() : watcher_(start_thread([this] { watch(); })) {}

QueryInterrupter::~QueryInterrupter() {
  {
    const std::lock_guard lock(mutex_);
    is_closed_ = true;
  }
  closed_.notify_one();
  watcher_.join();
}

void QueryInterrupter::add(void* connection) {
  const std::lock_guard lock(mutex_);
  connections_.insert(connection);
}

void QueryInterrupter::remove(void* connection) {
  const std::lock_guard lock(mutex_);
  connections_.erase(connection);
}

// A signal handler can set a flag and little else, so the flag is looked at ten times a second. It
// goes on after the first time: a statement that begins in that moment would miss it.
void QueryInterrupter::watch() {
  std::unique_lock lock(mutex_);
  while (!closed_.wait_for(lock, std::chrono::milliseconds(100), [this] { return is_closed_; })) {
    if (!stop_requested()) continue;
    for (void* const connection : connections_) {
      duckdb_interrupt(static_cast<duckdb_connection>(connection));
    }
  }
}

}  // namespace aml
