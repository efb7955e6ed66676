#include "http/cache.h"

#include <algorithm>
#include <exception>
#include <utility>

namespace aml::http {

namespace {

// What an entry costs besides its value, roughly: many small values must not go uncounted.
constexpr std::size_t kEntryBytes = 256;
// What nobody has asked for so long, but some still read, is to be given back where there is too
// little memory. Who reads it slowly must not keep others from their answers.
constexpr std::chrono::seconds kIdle{10};

}  // namespace

Cache::Cache(Budget& budget)
    : budget_(budget),
      reserve_(budget.add_reserve([this](std::size_t bytes) { give_up(bytes); })) {}

Cache::~Cache() { budget_.remove_reserve(reserve_); }

Cache::Value Cache::get_any(const std::string& key, Patience patience, const Maker<void>& make) {
  const Question question = StopScope::current();
  while (true) {
    std::promise<Value> promise;
    std::unique_lock lock(mutex_);
    const auto found = entries_.find(key);
    if (found == entries_.end()) {
      if (patience == Patience::none) return nullptr;
      Entry entry{.value = promise.get_future().share(), .use = {}, .used = {}, .waiting = {}};
      entry.waiting.push_back(question);
      entries_.emplace(key, std::move(entry));
      lock.unlock();
      return make_any(key, make, std::move(promise));
    }
    Entry& entry = found->second;
    if (entry.ready) {
      uses_.splice(uses_.begin(), uses_, entry.use);
      entry.used = Clock::now();
      return entry.value.get();
    }
    if (patience == Patience::none) return nullptr;
    entry.waiting.push_back(question);
    const std::shared_future<Value> value = entry.value;
    lock.unlock();
    try {
      return value.get();
    } catch (const Error& e) {
      // Given up for those who wanted it before, while this one came.
      if (e.kind() != ErrorKind::interrupted || stop_requested()) throw;
    }
  }
}

Cache::Value Cache::make_any(const std::string& key, const Maker<void>& make,
                             std::promise<Value> promise) {
  struct Kept {
    Value value;
    Budget::Charge charge;
  };
  try {
    const auto kept = std::make_shared<Kept>();
    kept->charge = budget_.charge_of_any_size();
    Made<void> made;
    {
      const StopScope scope(
          std::make_shared<StopQuestion>([this, key] { return is_unwanted(key); }));
      made = make(kept->charge);
    }
    const std::size_t bytes = made.bytes + kEntryBytes + 2 * key.size();
    kept->charge.resize(bytes);
    kept->value = std::move(made.value);
    // The charge is given back with the last who uses the value.
    const Value value(kept, kept->value.get());
    promise.set_value(value);
    keep(key, bytes);
    return value;
  } catch (...) {
    {
      const std::lock_guard lock(mutex_);
      entries_.erase(key);
    }
    promise.set_exception(std::current_exception());
    throw;
  }
}

bool Cache::is_unwanted(const std::string& key) const {
  std::vector<Question> waiting;
  {
    const std::lock_guard lock(mutex_);
    const auto found = entries_.find(key);
    if (found != entries_.end()) waiting = found->second.waiting;
  }
  // Asked without the lock: what is made for another value asks for that one's sake.
  return std::all_of(waiting.begin(), waiting.end(),
                     [](const Question& question) { return question != nullptr && (*question)(); });
}

void Cache::keep(const std::string& key, std::size_t bytes) {
  const std::lock_guard lock(mutex_);
  Entry& entry = entries_.at(key);
  uses_.push_front(key);
  entry.use = uses_.begin();
  entry.used = Clock::now();
  entry.bytes = bytes;
  entry.ready = true;
  entry.waiting.clear();
  bytes_ += bytes;
}

// REQUIRES: mutex_ is held, and the entry is ready.
void Cache::drop(std::unordered_map<std::string, Entry>::iterator entry) {
  bytes_ -= entry->second.bytes;
  uses_.erase(entry->second.use);
  entries_.erase(entry);
}

void Cache::give_up(std::size_t bytes) {
  std::vector<std::shared_future<Value>> dropped;  // destroyed without the lock
  const std::lock_guard lock(mutex_);
  std::size_t given_up = 0;
  std::size_t wanted_back = 0;
  const auto now = Clock::now();
  for (auto use = uses_.end(); use != uses_.begin() && given_up < bytes;) {
    --use;
    const auto entry = entries_.find(*use);
    const Value& value = entry->second.value.get();
    const bool is_used = value.use_count() > 1;
    if (is_used && (entry->second.used + kIdle > now || wanted_back >= bytes)) continue;
    if (is_used) {
      budget_.want_back(value);
      wanted_back += entry->second.bytes;
    } else {
      given_up += entry->second.bytes;
    }
    dropped.push_back(entry->second.value);
    ++use;
    drop(entry);
  }
}

std::size_t Cache::bytes() const {
  const std::lock_guard lock(mutex_);
  return bytes_;
}

}  // namespace aml::http
