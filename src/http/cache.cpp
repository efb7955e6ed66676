#include "http/cache.h"

#include <exception>
#include <utility>

namespace aml::http {

namespace {

// What an entry costs besides its value, roughly: many small values must not go uncounted.
constexpr std::size_t kEntryBytes = 256;

}  // namespace

Cache::Value Cache::get_any(const std::string& key, Patience patience,
                            const std::function<Made<void>()>& make) {
  std::promise<Value> promise;
  {
    std::unique_lock lock(mutex_);
    if (const auto found = entries_.find(key); found != entries_.end()) {
      const Entry& entry = found->second;
      if (entry.ready) uses_.splice(uses_.begin(), uses_, entry.use);
      if (!entry.ready && patience == Patience::none) return nullptr;
      const std::shared_future<Value> value = entry.value;
      lock.unlock();
      return value.get();
    }
    if (patience == Patience::none) return nullptr;
    entries_.emplace(key, Entry{.value = promise.get_future().share(), .use = {}});
  }
  try {
    Made<void> made = make();
    keep(key, made.bytes);
    promise.set_value(made.value);
    return std::move(made.value);
  } catch (...) {
    {
      const std::lock_guard lock(mutex_);
      entries_.erase(key);
    }
    promise.set_exception(std::current_exception());
    throw;
  }
}

void Cache::keep(const std::string& key, std::size_t bytes) {
  bytes += kEntryBytes + 2 * key.size();
  const std::lock_guard lock(mutex_);
  if (bytes > max_bytes_) {
    entries_.erase(key);
    return;
  }
  Entry& entry = entries_.at(key);
  uses_.push_front(key);
  entry.use = uses_.begin();
  entry.bytes = bytes;
  entry.ready = true;
  bytes_ += bytes;
  shrink();
}

void Cache::shrink() {
  while (bytes_ > max_bytes_) {
    const auto oldest = entries_.find(uses_.back());
    bytes_ -= oldest->second.bytes;
    entries_.erase(oldest);
    uses_.pop_back();
  }
}

std::size_t Cache::bytes() const {
  const std::lock_guard lock(mutex_);
  return bytes_;
}

}  // namespace aml::http
