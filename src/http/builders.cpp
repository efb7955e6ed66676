#include "http/builders.h"

#include <algorithm>
#include <iterator>

#include "base/threads.h"

namespace aml::http {

Builders::Builders(int threads, std::size_t max_waiting) : max_waiting_(max_waiting) {
  try {
    for (int i = 0; i < threads; ++i) threads_.push_back(start_thread([this] { run(); }));
  } catch (...) {
    // Those there are wait for work, and would be waited for.
    {
      const std::lock_guard lock(mutex_);
      ending_ = true;
    }
    changed_.notify_all();
    throw;
  }
}

Builders::~Builders() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  threads_.clear();
}

bool Builders::post(Task task) {
  Task displaced;
  {
    const std::lock_guard lock(mutex_);
    if (cancelled_ || ending_) return false;
    if (!task.goes_on) {
      if (stopping_ && static_cast<std::size_t>(idle_) <= waiting_) return false;
      if (limited_ >= max_waiting_ && !make_room_for(task.client, displaced)) return false;
    }
    push(std::move(task));
  }
  changed_.notify_one();
  if (displaced.drop) displaced.drop();
  return true;
}

void Builders::push(Task task) {
  Level& level = levels_[task.priority];
  std::deque<Task>& tasks = level.tasks[task.client];
  if (tasks.empty()) level.turns.push_back(task.client);
  ++waiting_;
  if (!task.goes_on) {
    ++limited_;
    ++limited_by_client_[task.client];
  }
  tasks.push_back(std::move(task));
}

// Takes from the client that has most waiting, of its least urgent work what came last, where that
// leaves it no less than `client` then has.
bool Builders::make_room_for(const std::string& client, Task& displaced) {
  const auto most =
      std::max_element(limited_by_client_.begin(), limited_by_client_.end(),
                       [](const auto& a, const auto& b) { return a.second < b.second; });
  if (most == limited_by_client_.end()) return false;
  const auto own = limited_by_client_.find(client);
  if (most->second < 2 + (own == limited_by_client_.end() ? 0 : own->second)) return false;
  for (auto level = levels_.rbegin(); level != levels_.rend(); ++level) {
    if (!take_last(level->second, most->first, displaced)) continue;
    if (level->second.tasks.empty()) levels_.erase(level->first);
    --most->second;
    --limited_;
    --waiting_;
    return true;
  }
  return false;
}

bool Builders::take_last(Level& level, const std::string& client, Task& taken) {
  const auto tasks = level.tasks.find(client);
  if (tasks == level.tasks.end()) return false;
  auto& waiting = tasks->second;
  const auto last = std::find_if(waiting.rbegin(), waiting.rend(),
                                 [](const Task& task) { return !task.goes_on; });
  if (last == waiting.rend()) return false;
  taken = std::move(*last);
  waiting.erase(std::next(last).base());
  if (waiting.empty()) {
    std::erase(level.turns, client);
    level.tasks.erase(tasks);
  }
  return true;
}

// REQUIRES: something waits.
Task Builders::take() {
  const auto level = levels_.begin();
  auto& [all_tasks, turns] = level->second;
  const std::string client = std::move(turns.front());
  turns.pop_front();
  const auto tasks = all_tasks.find(client);
  Task task = std::move(tasks->second.front());
  tasks->second.pop_front();
  if (tasks->second.empty()) {
    all_tasks.erase(tasks);
    if (all_tasks.empty()) levels_.erase(level);
  } else {
    turns.push_back(client);
  }
  --waiting_;
  if (!task.goes_on) {
    --limited_;
    const auto count = limited_by_client_.find(client);
    if (--count->second == 0) limited_by_client_.erase(count);
  }
  return task;
}

void Builders::execute(Task& task) const {
  if (cancelled_ || task.gone.stop_requested()) return task.drop();
  const StopScope scope(std::make_shared<StopQuestion>(
      [this, gone = task.gone] { return cancelled_ || gone.stop_requested(); }));
  task.run();
}

void Builders::run() {
  std::unique_lock lock(mutex_);
  while (true) {
    ++idle_;
    became_idle_.notify_all();
    changed_.wait(lock, [this] { return ending_ || waiting_ > 0; });
    --idle_;
    if (waiting_ == 0) return;
    Task task = take();
    lock.unlock();
    execute(task);
    task = {};
    lock.lock();
  }
}

std::vector<Task> Builders::take_all(bool those_that_go_on) {
  std::vector<Task> taken;
  std::vector<Task> kept;
  for (auto& [priority, level] : std::exchange(levels_, {})) {
    for (auto& [client, tasks] : level.tasks) {
      for (Task& task : tasks) {
        (task.goes_on && !those_that_go_on ? kept : taken).push_back(std::move(task));
      }
    }
  }
  limited_by_client_.clear();
  waiting_ = limited_ = 0;
  for (Task& task : kept) push(std::move(task));
  return taken;
}

void Builders::stop() {
  std::vector<Task> dropped;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    // An idle thread may have been told of them, and not have woken yet.
    std::vector<Task> beginning;
    for (int i = 0; i < idle_ && waiting_ > 0; ++i) beginning.push_back(take());
    dropped = take_all(false);
    for (Task& task : beginning) push(std::move(task));
  }
  for (Task& task : dropped) task.drop();
}

void Builders::cancel() {
  std::vector<Task> dropped;
  {
    const std::lock_guard lock(mutex_);
    cancelled_ = true;
    dropped = take_all(true);
  }
  for (Task& task : dropped) task.drop();
}

bool Builders::wait_until_idle(std::chrono::milliseconds patience) {
  std::unique_lock lock(mutex_);
  return became_idle_.wait_for(lock, patience, [this] {
    return static_cast<std::size_t>(idle_) == threads_.size() && waiting_ == 0;
  });
}

std::size_t Builders::waiting() const {
  const std::lock_guard lock(mutex_);
  return waiting_;
}

}  // namespace aml::http
