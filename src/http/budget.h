#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <utility>

#include "base/error.h"
#include "http/message.h"

namespace aml::http {

// There is no memory for an answer at the moment: a 503 with Retry-After.
class Shortage : public Error {
 public:
  explicit Shortage(const std::string& message) : Error(ErrorKind::unavailable, message) {}
};

// The memory that a server gives to answers: those it keeps and those on their way to clients,
// until the last byte of them is sent. All functions may be called from any thread; those of one
// Charge from one at a time.
class Budget {
 public:
  // Nothing smaller makes a server that answers.
  static constexpr std::size_t kLeastBytes = 16 << 20;

  explicit Budget(std::size_t max_bytes);
  Budget(const Budget&) = delete;
  Budget& operator=(const Budget&) = delete;

  // Bytes that are taken, and given back at the end of its life, which is before the budget's.
  class Charge {
   public:
    Charge() = default;
    ~Charge() { release(); }
    Charge(Charge&& other) noexcept;
    Charge& operator=(Charge&& other) noexcept;

    std::size_t bytes() const { return bytes_; }
    // Takes more, or gives some back. Throws Shortage where there is not so much; then nothing has
    // changed.
    void resize(std::size_t bytes);
    void release() noexcept;

   private:
    friend class Budget;
    Budget* budget_ = nullptr;
    std::size_t bytes_ = 0;
    bool may_exceed_ = false;
    bool exceeds_ = false;  // it is the one beyond
  };
  // Throws as Charge::resize().
  Charge charge(std::size_t bytes);
  // A charge that may grow beyond the budget, in addition to what is taken, where no other does:
  // one answer larger than everything must not become impossible.
  Charge charge_of_any_size();

  // A body with its charge. Small ones are not worth counting.
  Body body(std::string bytes);
  static constexpr std::size_t kSmallBytes = 8'192;

  // Something that gives up memory nobody uses, at least so many bytes where it can; called when
  // there is too little. Throws nothing.
  using Reserve = std::function<void(std::size_t bytes)>;
  std::uint64_t add_reserve(Reserve reserve);
  void remove_reserve(std::uint64_t number);

  // Has those who only send what `owner` shares in give it back.
  void want_back(const std::weak_ptr<const void>& owner);
  bool is_wanted_back(const std::shared_ptr<const void>& owner) const;
  // Whether someone found too little within the last moments.
  bool is_short() const;

  std::size_t max_bytes() const { return max_bytes_; }
  // In use, with what is beyond.
  std::size_t bytes() const { return used_ + beyond_; }

 private:
  using Clock = std::chrono::steady_clock;
  bool take(std::size_t bytes);
  void give_back(std::size_t bytes) { used_ -= bytes; }
  void grow(Charge& charge, std::size_t bytes);

  const std::size_t max_bytes_;
  std::atomic<std::size_t> used_{0};
  std::atomic<std::size_t> beyond_{0};
  std::atomic<bool> someone_exceeds_{false};
  std::atomic<Clock::rep> short_until_{0};
  std::atomic<std::size_t> wanted_count_{0};
  mutable std::mutex mutex_;  // guards what is below
  std::map<std::uint64_t, Reserve> reserves_;
  std::uint64_t added_reserves_ = 0;
  std::set<std::weak_ptr<const void>, std::owner_less<>> wanted_back_;
};

}  // namespace aml::http
