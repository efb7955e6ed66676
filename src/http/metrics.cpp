#include "http/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <map>
#include <mutex>
#include <utility>
#include <vector>

#include "base/log.h"

namespace aml::http {

namespace {

// Seconds: answers at hand take tens of microseconds, a day that is built a quarter of a second.
const prometheus::Histogram::BucketBoundaries kBuckets{
    0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10};

const char* label_of(const char* route) { return *route == '\0' ? "none" : route; }

}  // namespace

struct Metrics::State {
  prometheus::Registry registry;
  prometheus::Family<prometheus::Counter>& requests = prometheus::BuildCounter()
                                                          .Name("aml_http_requests_total")
                                                          .Help("Requests answered")
                                                          .Register(registry);
  prometheus::Family<prometheus::Counter>& bytes = prometheus::BuildCounter()
                                                       .Name("aml_http_response_bytes_total")
                                                       .Help("Bytes of bodies sent")
                                                       .Register(registry);
  prometheus::Family<prometheus::Histogram>& seconds =
      prometheus::BuildHistogram()
          .Name("aml_http_request_duration_seconds")
          .Help("From the first byte of a request to the last of its answer")
          .Register(registry);
  prometheus::Gauge& connections = prometheus::BuildGauge()
                                       .Name("aml_http_connections")
                                       .Help("Open connections")
                                       .Register(registry)
                                       .Add({});
  prometheus::Counter& refused = prometheus::BuildCounter()
                                     .Name("aml_http_connections_refused_total")
                                     .Help("Connections beyond --max-connections")
                                     .Register(registry)
                                     .Add({});
  prometheus::Counter& given_up = prometheus::BuildCounter()
                                      .Name("aml_http_requests_given_up_total")
                                      .Help("Requests whose client was gone before the answer")
                                      .Register(registry)
                                      .Add({});
  prometheus::Counter& dropped_lines = prometheus::BuildCounter()
                                           .Name("aml_log_lines_dropped_total")
                                           .Help("Lines of the log that nobody took")
                                           .Register(registry)
                                           .Add({});
  // What one thread counted since the metrics were read last: threads that counted together would
  // wait for each other.
  struct Counts {
    double requests = 0;
    double bytes = 0;
    double seconds = 0;
    std::vector<double> buckets = std::vector<double>(kBuckets.size() + 1);
  };
  struct Shard {
    std::mutex mutex;
    std::map<std::pair<const char*, int>, Counts> counts;  // by route and status
  };
  static constexpr std::size_t kShards = 16;
  std::array<Shard, kShards> shards;
  std::mutex mutex;
  std::vector<std::pair<prometheus::Gauge*, std::function<double()>>> gauges;

  Shard& own_shard() {
    static std::atomic<std::size_t> threads{0};
    thread_local const std::size_t number = threads++;
    return shards[number % kShards];
  }

  // Hands what the threads counted to the registry.
  void collect() {
    for (Shard& shard : shards) {
      const std::lock_guard lock(shard.mutex);
      for (const auto& [key, counts] : shard.counts) {
        const std::string route = label_of(key.first);
        requests.Add({{"route", route}, {"status", std::to_string(key.second)}})
            .Increment(counts.requests);
        bytes.Add({{"route", route}}).Increment(counts.bytes);
        seconds.Add({{"route", route}}, kBuckets).ObserveMultiple(counts.buckets, counts.seconds);
      }
      shard.counts.clear();
    }
  }
};

Metrics::Metrics() : state_(std::make_unique<State>()) {}
Metrics::~Metrics() = default;

void Metrics::count_request(const char* route, int status, std::uint64_t body_bytes,
                            double seconds) {
  State::Shard& shard = state_->own_shard();
  const std::lock_guard lock(shard.mutex);
  State::Counts& counts = shard.counts[{route, status}];
  counts.requests += 1;
  counts.bytes += static_cast<double>(body_bytes);
  counts.seconds += seconds;
  const auto bucket = std::lower_bound(kBuckets.begin(), kBuckets.end(), seconds);
  counts.buckets[static_cast<std::size_t>(bucket - kBuckets.begin())] += 1;
}

void Metrics::count_connections(int change) { state_->connections.Increment(change); }

void Metrics::count_refused_connection() { state_->refused.Increment(); }

void Metrics::count_given_up() { state_->given_up.Increment(); }

void Metrics::add_gauge(const std::string& name, const std::string& help,
                        std::function<double()> value, const std::string& network) {
  const prometheus::Labels labels =
      network.empty() ? prometheus::Labels{} : prometheus::Labels{{"network", network}};
  prometheus::Gauge& gauge =
      prometheus::BuildGauge().Name(name).Help(help).Register(state_->registry).Add(labels);
  const std::lock_guard lock(state_->mutex);
  state_->gauges.emplace_back(&gauge, std::move(value));
}

std::string Metrics::text() const {
  {
    const std::lock_guard lock(state_->mutex);
    state_->collect();
    const auto dropped = static_cast<double>(log::dropped_lines());
    state_->dropped_lines.Increment(dropped - state_->dropped_lines.Value());
    for (const auto& [gauge, value] : state_->gauges) gauge->Set(value());
  }
  return prometheus::TextSerializer().Serialize(state_->registry.Collect());
}

}  // namespace aml::http
