#include "http/builders.h"

#include <utility>

namespace aml::http {

Builders::Builders(int threads, std::size_t max_waiting) : max_waiting_(max_waiting) {
  for (int i = 0; i < threads; ++i) threads_.emplace_back([this] { run(); });
}

Builders::~Builders() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  threads_.clear();
}

bool Builders::post(int priority, std::function<void()> work) {
  {
    const std::lock_guard lock(mutex_);
    if (waiting_.size() >= max_waiting_) return false;
    push(priority, std::move(work));
  }
  changed_.notify_one();
  return true;
}

void Builders::post_next(int priority, std::function<void()> work) {
  {
    const std::lock_guard lock(mutex_);
    push(priority, std::move(work));
  }
  changed_.notify_one();
}

void Builders::push(int priority, std::function<void()> work) {
  waiting_.push({priority, posted_++, std::move(work)});
}

void Builders::run() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return ending_ || !waiting_.empty(); });
    if (waiting_.empty()) return;
    // top() is const because its order must not change; the work is no part of it.
    std::function<void()> work = std::move(const_cast<Waiting&>(waiting_.top()).work);
    waiting_.pop();
    lock.unlock();
    work();
    work = nullptr;
    lock.lock();
  }
}

}  // namespace aml::http
