#pragma once

#include <cstddef>
#include <functional>
#include <future>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

namespace aml::http {

// Whether a call may take long: build what is missing, or wait for who is building it.
enum class Patience { none, enough };

// Keeps what was made, by name, up to a number of bytes; what was not asked for the longest goes
// first. What is asked for by many at once is made once. May be called from any thread.
class Cache {
 public:
  explicit Cache(std::size_t max_bytes) : max_bytes_(max_bytes) {}

  template <typename T>
  struct Made {
    std::shared_ptr<const T> value;
    std::size_t bytes = 0;
  };

  // The value of `key`: the one kept or being made, otherwise the one that `make` gives. Nothing
  // where that would take time and `patience` is none. An exception of `make` reaches all who wait
  // for it, and the next call tries again. A value larger than the whole cache is not kept.
  // REQUIRES: one key is always used with the same type.
  template <typename T>
  std::shared_ptr<const T> get(const std::string& key, Patience patience,
                               const std::function<Made<T>()>& make) {
    return std::static_pointer_cast<const T>(get_any(key, patience, [&make] {
      Made<T> made = make();
      return Made<void>{std::move(made.value), made.bytes};
    }));
  }

  std::size_t bytes() const;
  std::size_t max_bytes() const { return max_bytes_; }

 private:
  using Value = std::shared_ptr<const void>;
  struct Entry {
    std::shared_future<Value> value;
    std::size_t bytes = 0;  // 0 while it is being made
    bool ready = false;
    std::list<std::string>::iterator use;  // in uses_, where ready
  };
  Value get_any(const std::string& key, Patience patience, const std::function<Made<void>()>& make);
  void keep(const std::string& key, std::size_t bytes);
  void shrink();

  const std::size_t max_bytes_;
  mutable std::mutex mutex_;
  std::unordered_map<std::string, Entry> entries_;
  std::list<std::string> uses_;  // keys that are ready, latest use first
  std::size_t bytes_ = 0;
};

}  // namespace aml::http
