#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "http/message.h"

namespace aml::api {

// Answers as they were given a moment ago, with their heads rendered, by everything in the request
// that they depend on. All but small bodies are held by the cache alone: what it gave up is not
// ready any more.
// All functions may be called from any thread.
class ReadyAnswers {
 public:
  static constexpr std::chrono::milliseconds kLifetime{100};

  explicit ReadyAnswers(std::chrono::milliseconds lifetime = kLifetime) : lifetime_(lifetime) {}

  // The answer to the same request, where it was given in this generation of the batches and less
  // than `lifetime` ago: so the cache sees now and then what is still asked for.
  std::optional<http::Response> find(const std::string& key, std::uint64_t generation);
  // Keeps it, where it is a list, a record or a 304.
  void keep(const std::string& key, std::uint64_t generation, const http::Response& response);

 private:
  using Clock = std::chrono::steady_clock;
  struct Ready {
    std::uint64_t generation;
    Clock::time_point until;
    int status;
    const char* route;
    std::shared_ptr<const std::string> head;
    bool has_body;
    http::Body small_body;
    std::weak_ptr<const std::string> body;
    http::Parts::Again parts;  // empty where there are none
  };
  // One for each thread, so that none waits for another; where there are more threads, they share.
  struct Shard {
    std::mutex mutex;
    std::unordered_map<std::string, Ready> answers;
  };
  static constexpr std::size_t kShards = 16;
  static constexpr std::size_t kMostInShard = 256;
  static constexpr std::size_t kLongestKey = 1'024;
  static constexpr std::size_t kSmallBody = 4'096;
  Shard& own_shard();

  const std::chrono::milliseconds lifetime_;
  std::array<Shard, kShards> shards_;
};

}  // namespace aml::api
