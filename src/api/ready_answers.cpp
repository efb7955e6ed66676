#include "api/ready_answers.h"

#include <atomic>
#include <utility>

namespace aml::api {

ReadyAnswers::Shard& ReadyAnswers::own_shard() {
  static std::atomic<std::size_t> threads{0};
  thread_local const std::size_t number = threads++;
  return shards_[number % kShards];
}

std::optional<http::Response> ReadyAnswers::find(const std::string& key, std::uint64_t generation) {
  Shard& found_in = own_shard();
  const std::lock_guard lock(found_in.mutex);
  const auto found = found_in.answers.find(key);
  if (found == found_in.answers.end()) return std::nullopt;
  const Ready& ready = found->second;
  if (ready.generation != generation || ready.until < Clock::now()) return std::nullopt;
  http::Body body = ready.body.lock();
  if (ready.has_body && !body) return std::nullopt;
  const auto parts = ready.parts ? ready.parts() : nullptr;
  if (ready.parts && !parts) return std::nullopt;
  return http::Response{.status = ready.status,
                        .content_type = {},
                        .body = std::move(body),
                        .parts = parts,
                        .head = ready.head,
                        .route = ready.route};
}

void ReadyAnswers::keep(const std::string& key, std::uint64_t generation,
                        const http::Response& response) {
  const bool is_lasting = response.status == 200 || response.status == 304;
  if (!is_lasting || response.producer || key.size() > kLongestKey) return;
  const bool is_small = response.body && response.body->size() <= kSmallBody;
  Ready ready{.generation = generation,
              .until = Clock::now() + lifetime_,
              .status = response.status,
              .route = response.route,
              .head = std::make_shared<const std::string>(http::lasting_head(response)),
              .has_body = response.body != nullptr,
              .small_body = is_small ? response.body : nullptr,
              .body = response.body,
              .parts = response.parts ? response.parts->again() : http::Parts::Again()};
  Shard& kept_in = own_shard();
  const std::lock_guard lock(kept_in.mutex);
  // What is still asked for comes back at once.
  if (kept_in.answers.size() >= kMostInShard) kept_in.answers.clear();
  kept_in.answers.insert_or_assign(key, std::move(ready));
}

}  // namespace aml::api
