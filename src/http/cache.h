#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <future>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/threads.h"
#include "http/budget.h"

namespace aml::http {

// Whether a call may take long: build what is missing, or wait for who is building it.
enum class Patience { none, enough };

// Keeps what was made, by name, within a budget: where there is too little memory, what is in
// nobody's use and was not asked for the longest goes first. What is asked for by many at once is
// made once, and what is in use is not made again. May be called from any thread.
class Cache {
 public:
  // REQUIRES: the budget outlives the cache and all that is got from it; while the cache is
  // destroyed, no other thread uses the budget.
  explicit Cache(Budget& budget);
  ~Cache();
  Cache(const Cache&) = delete;
  Cache& operator=(const Cache&) = delete;

  template <typename T>
  struct Made {
    std::shared_ptr<const T> value;
    std::size_t bytes = 0;  // what it occupies
  };
  // What makes a value; while that grows, it may charge for it what it has come to occupy.
  template <typename T>
  using Maker = std::function<Made<T>(Budget::Charge& charge)>;

  // The value of `key`: the one kept or being made, otherwise the one that `make` gives. Nothing
  // where that would take time and `patience` is none. An exception of `make` reaches all who wait
  // for it, and the next call tries again. Within `make`, stop_requested() says yes once nobody who
  // waits for the value wants it any more: not those whose own StopScope says so. Throws Shortage
  // where there is no memory for it; one value at a time may be larger than the budget.
  // REQUIRES: one key is always used with the same type.
  template <typename T>
  std::shared_ptr<const T> get(const std::string& key, Patience patience, const Maker<T>& make) {
    return std::static_pointer_cast<const T>(
        get_any(key, patience, [&make](Budget::Charge& charge) {
          Made<T> made = make(charge);
          return Made<void>{std::move(made.value), made.bytes};
        }));
  }

  // Of values that are kept, those in use too.
  std::size_t bytes() const;
  Budget& budget() { return budget_; }

 private:
  using Value = std::shared_ptr<const void>;
  using Clock = std::chrono::steady_clock;
  using Question = std::shared_ptr<const StopQuestion>;
  struct Entry {
    std::shared_future<Value> value;
    std::size_t bytes = 0;  // 0 while it is being made
    bool ready = false;
    std::list<std::string>::iterator use;  // in uses_, where ready
    Clock::time_point used;
    std::vector<Question> waiting;  // for it to be made; a null one wants it in any case
  };
  Value get_any(const std::string& key, Patience patience, const Maker<void>& make);
  Value make_any(const std::string& key, const Maker<void>& make, std::promise<Value> promise);
  bool is_unwanted(const std::string& key) const;
  void keep(const std::string& key, std::size_t bytes);
  void drop(std::unordered_map<std::string, Entry>::iterator entry);
  void give_up(std::size_t bytes);

  Budget& budget_;
  const std::uint64_t reserve_;
  mutable std::mutex mutex_;
  std::unordered_map<std::string, Entry> entries_;
  std::list<std::string> uses_;  // keys that are ready, latest use first
  std::size_t bytes_ = 0;
};

}  // namespace aml::http
