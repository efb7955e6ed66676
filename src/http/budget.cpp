#include "http/budget.h"

#include <algorithm>

namespace aml::http {

namespace {

// How long after someone found too little others are asked to give back. Longer than the pause
// between two looks of a worker.
constexpr std::chrono::seconds kShortFor{2};

}  // namespace

Budget::Budget(std::size_t max_bytes) : max_bytes_(std::max(max_bytes, kLeastBytes)) {}

Budget::Charge::Charge(Charge&& other) noexcept
    : budget_(std::exchange(other.budget_, nullptr)),
      bytes_(std::exchange(other.bytes_, 0)),
      may_exceed_(other.may_exceed_),
      exceeds_(std::exchange(other.exceeds_, false)) {}

Budget::Charge& Budget::Charge::operator=(Charge&& other) noexcept {
  if (this == &other) return *this;
  release();
  budget_ = std::exchange(other.budget_, nullptr);
  bytes_ = std::exchange(other.bytes_, 0);
  may_exceed_ = other.may_exceed_;
  exceeds_ = std::exchange(other.exceeds_, false);
  return *this;
}

void Budget::Charge::resize(std::size_t bytes) {
  if (bytes > bytes_) {
    budget_->grow(*this, bytes);
  } else if (exceeds_) {
    budget_->beyond_ = bytes;
  } else if (budget_ != nullptr) {
    budget_->give_back(bytes_ - bytes);
  }
  bytes_ = bytes;
}

void Budget::Charge::release() noexcept {
  if (budget_ == nullptr) return;
  if (exceeds_) {
    budget_->beyond_ = 0;
    budget_->someone_exceeds_ = false;
    exceeds_ = false;
  } else {
    budget_->give_back(bytes_);
  }
  bytes_ = 0;
}

Budget::Charge Budget::charge(std::size_t bytes) {
  Charge charge;
  charge.budget_ = this;
  charge.resize(bytes);
  return charge;
}

Budget::Charge Budget::charge_of_any_size() {
  Charge charge;
  charge.budget_ = this;
  charge.may_exceed_ = true;
  return charge;
}

bool Budget::take(std::size_t bytes) {
  std::size_t used = used_;
  while (bytes <= max_bytes_ && used <= max_bytes_ - bytes) {
    if (used_.compare_exchange_weak(used, used + bytes)) return true;
  }
  return false;
}

void Budget::grow(Charge& charge, std::size_t bytes) {
  if (charge.exceeds_) {
    beyond_ = bytes;
    return;
  }
  const std::size_t more = bytes - charge.bytes_;
  if (take(more)) return;
  std::map<std::uint64_t, Reserve> reserves;
  {
    const std::lock_guard lock(mutex_);
    reserves = reserves_;
  }
  // Others may be quicker to take what one gives up.
  const auto take_given_up = [&] {
    for (const auto& [number, reserve] : reserves) {
      reserve(more);
      if (take(more)) return true;
    }
    return false;
  };
  if (take_given_up()) return;
  if (charge.may_exceed_ && !someone_exceeds_.exchange(true)) {
    charge.exceeds_ = true;
    give_back(charge.bytes_);
    beyond_ = bytes;
    return;
  }
  short_until_ = (Clock::now() + kShortFor).time_since_epoch().count();
  throw Shortage("the server's memory for answers is in use; try again");
}

Body Budget::body(std::string bytes) {
  if (bytes.size() <= kSmallBytes) return make_body(std::move(bytes));
  struct Charged {
    std::string bytes;
    Charge charge;
  };
  const auto charged = std::make_shared<Charged>();
  charged->charge = charge(bytes.capacity());
  charged->bytes = std::move(bytes);
  return {charged, &charged->bytes};
}

std::uint64_t Budget::add_reserve(Reserve reserve) {
  const std::lock_guard lock(mutex_);
  reserves_.emplace(++added_reserves_, std::move(reserve));
  return added_reserves_;
}

void Budget::remove_reserve(std::uint64_t number) {
  const std::lock_guard lock(mutex_);
  reserves_.erase(number);
}

void Budget::want_back(const std::weak_ptr<const void>& owner) {
  const std::lock_guard lock(mutex_);
  std::erase_if(wanted_back_, [](const auto& wanted) { return wanted.expired(); });
  wanted_back_.insert(owner);
  wanted_count_ = wanted_back_.size();
}

bool Budget::is_wanted_back(const std::shared_ptr<const void>& owner) const {
  if (owner == nullptr || wanted_count_ == 0) return false;
  const std::lock_guard lock(mutex_);
  return wanted_back_.contains(owner);
}

bool Budget::is_short() const {
  return Clock::now().time_since_epoch().count() < short_until_.load();
}

}  // namespace aml::http
