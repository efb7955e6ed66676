#include "base/query_interrupt.h"

#include <duckdb.h>

#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <stop_token>
#include <utility>

namespace aml {

namespace {

constexpr std::chrono::milliseconds kPause{50};

}  // namespace

// Asks, while there are queries, for each whether it should end. Its thread starts with the first.
class QueryInterrupt::Watch {
 public:
  void add(duckdb_connection connection, std::shared_ptr<const StopQuestion> question) {
    const std::lock_guard lock(mutex_);
    queries_.emplace(connection, std::move(question));
    if (!thread_.joinable()) {
      thread_ = start_thread([this](const std::stop_token& stop) { run(stop); });
    }
    changed_.notify_all();
  }
  void remove(duckdb_connection connection) {
    const std::lock_guard lock(mutex_);
    queries_.erase(connection);
  }

 private:
  void run(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    while (changed_.wait(lock, stop, [this] { return !queries_.empty(); })) {
      // With the lock: no query ends, and no connection with it, while it is interrupted.
      for (const auto& [connection, question] : queries_) {
        if ((*question)()) duckdb_interrupt(connection);
      }
      changed_.wait_for(lock, stop, kPause, [] { return false; });
    }
  }

  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::map<duckdb_connection, std::shared_ptr<const StopQuestion>> queries_;
  std::jthread thread_;
};

QueryInterrupt::Watch& QueryInterrupt::watch() {
  static Watch instance;
  return instance;
}

QueryInterrupt::QueryInterrupt(duckdb_connection connection)
    : question_(StopScope::current()), connection_(connection) {
  if (question_) watch().add(connection_, question_);
}

QueryInterrupt::~QueryInterrupt() {
  if (question_) watch().remove(connection_);
}

}  // namespace aml
