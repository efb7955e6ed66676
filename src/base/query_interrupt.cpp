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

// A signal handler can set a flag and little else, so the flag is looked at this often.
constexpr std::chrono::milliseconds kPause{50};

}  // namespace

// Asks, while there are connections, for each whether its statement should end. Its thread starts
// with the first.
class WatchedConnection::Watch {
 public:
  void add(duckdb_connection connection) {
    const std::lock_guard lock(mutex_);
    if (!thread_.joinable()) {
      thread_ = start_thread([this](const std::stop_token& stop) { run(stop); });
    }
    questions_.emplace(connection, nullptr);
    changed_.notify_all();
  }
  void remove(duckdb_connection connection) {
    const std::lock_guard lock(mutex_);
    questions_.erase(connection);
  }
  // Gives the question of before.
  std::shared_ptr<const StopQuestion> ask(duckdb_connection connection,
                                          std::shared_ptr<const StopQuestion> question) {
    const std::lock_guard lock(mutex_);
    return std::exchange(questions_.at(connection), std::move(question));
  }

 private:
  void run(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    while (changed_.wait(lock, stop, [this] { return !questions_.empty(); })) {
      // With the lock: no query ends, and no connection with it, while it is interrupted. Again and
      // again: a statement that begins in that moment would miss the first time.
      for (const auto& [connection, question] : questions_) {
        // Of this thread, which has no scope: whether a signal came.
        if (stop_requested() || (question && (*question)())) duckdb_interrupt(connection);
      }
      changed_.wait_for(lock, stop, kPause, [] { return false; });
    }
  }

  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::map<duckdb_connection, std::shared_ptr<const StopQuestion>> questions_;
  std::jthread thread_;
};

WatchedConnection::WatchedConnection(duckdb_connection connection) : connection_(connection) {
  static const auto instance = std::make_shared<Watch>();
  watch_ = instance;
  watch_->add(connection_);
}

WatchedConnection::~WatchedConnection() { watch_->remove(connection_); }

QueryInterrupt::QueryInterrupt(const WatchedConnection& connection)
    : connection_(connection),
      outer_(connection.watch_->ask(connection.connection_, StopScope::current())) {}

QueryInterrupt::~QueryInterrupt() {
  connection_.watch_->ask(connection_.connection_, std::move(outer_));
}

}  // namespace aml
