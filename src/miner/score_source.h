#pragma once

#include <chrono>
#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "base/http_client.h"
#include "bittensor/scores_request.h"
#include "http/budget.h"

namespace aml::miner {

inline constexpr std::size_t kUsualCacheBytes = 536'870'912;

struct ApiOptions {
  std::string url;                            // "http://127.0.0.1:8000"
  std::string token{};                        // bearer token; empty: none
  std::chrono::milliseconds timeout{30'000};  // for one answer of the API
  std::chrono::milliseconds freshness{
      1'000};  // how long an answer is at hand before the API is asked
  std::size_t cache_bytes = kUsualCacheBytes;  // of bodies that are kept
  // Of all bodies: those that are kept, fetched, and on their way to whoever reads slowly.
  std::shared_ptr<http::Budget> budget = std::make_shared<http::Budget>(kUsualCacheBytes);
};

// A list of a day as the API serves it, in one content coding, with what an envelope says about it.
struct ScoredList {
  std::string bytes;        // as sent
  std::string coding;       // "identity", "zstd", "gzip"
  std::string body_sha256;  // of the bytes, their coding undone
  std::string network;
  std::int64_t window_days = 0;
  std::string processing_date;
  std::string snapshot_sha256;
  std::string model_version;
  std::string etag;
  std::string opening{};  // of the commitment to it (bittensor/commitment.h); empty: none
  std::shared_ptr<http::Budget> budget{};  // that of the charge
  http::Budget::Charge charge{};           // for the bytes

  // Pays for what the bytes occupy. Throws http::Shortage.
  void pay(const std::shared_ptr<http::Budget>& from);
};

// What is asked for. The date may be "latest".
struct ListKey {
  std::string date;
  bittensor::ScoresKind kind;
  std::string coding;
  auto operator<=>(const ListKey&) const = default;
};

// The API's lists, by HTTP alone. A list is taken whole, checked and hashed before anyone is given
// it, because an envelope signs the hash: an API that fails half-way fails before the answer has
// begun. Lists are kept and asked for again with If-None-Match. May be called from any thread.
class ScoreSource {
 public:
  explicit ScoreSource(ApiOptions options);
  ~ScoreSource();
  ScoreSource(const ScoreSource&) = delete;
  ScoreSource& operator=(const ScoreSource&) = delete;

  // The list where the API confirmed it within the last `freshness`; otherwise null. Never waits.
  std::shared_ptr<const ScoredList> at_hand(const ListKey& key);
  // The list as the API has it now; one request to the API at a time for each list. Throws
  // Error{not_found} with the API's words where it has no such day, Error{unavailable} where it
  // does not answer, breaks off, or answers what it should not, and http::Shortage where the budget
  // has no room for it.
  std::shared_ptr<const ScoredList> fetch(const ListKey& key);
  // The days there are, newest first. Throws Error{unavailable}.
  std::vector<std::string> dates();

  // From now on the API is told, with every request, that days up to that one are opened.
  void tell_opened(const std::string& date);

  // What the kept bodies occupy.
  std::size_t bytes() const;

 private:
  using Clock = std::chrono::steady_clock;
  struct Slot;
  class Lease;
  struct Latest {
    std::string date;
    Clock::time_point confirmed;
  };

  std::shared_ptr<Slot> slot(const ListKey& key);
  std::optional<std::string> latest_at_hand() const;
  std::string latest();
  HttpResponse get(const std::string& path, HttpHeaders headers, const HttpClient::Sink& sink);
  std::shared_ptr<const ScoredList> load(const ListKey& key);
  bool is_unchanged(const ListKey& key, const ScoredList& list);
  void drop_oldest();
  // Of lists in nobody's hands, those that were not used for the longest.
  void give_up(std::size_t bytes);
  void keep(const std::shared_ptr<Slot>& slot, std::shared_ptr<const ScoredList> list);

  const ApiOptions options_;
  const std::uint64_t reserve_;  // in the budget
  mutable std::mutex mutex_;     // guards everything below
  std::map<ListKey, std::shared_ptr<Slot>> slots_;
  std::list<std::shared_ptr<Slot>> used_;  // the latest first
  std::size_t bytes_ = 0;
  std::optional<Latest> latest_;
  std::string opened_;  // empty: none is known
  std::vector<std::unique_ptr<HttpClient>> idle_clients_;
};

}  // namespace aml::miner
