#include "http/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <map>
#include <mutex>
#include <shared_mutex>
#include <utility>
#include <vector>

namespace aml::http {

namespace {

// Seconds: answers at hand take tens of microseconds, a day that is built a quarter of a second.
const prometheus::Histogram::BucketBoundaries kBuckets{
    0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10};

const char* label_of(const char* route) { return *route == '\0' ? "none" : route; }

}  // namespace

struct Metrics::State {
  struct Route {
    prometheus::Counter* bytes;
    prometheus::Histogram* seconds;
    std::map<int, prometheus::Counter*> by_status;
  };

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
  std::shared_mutex mutex;
  std::map<std::pair<const char*, int>, std::pair<prometheus::Counter*, Route*>> counters;
  std::map<std::string, Route> routes;  // by label
  std::vector<std::pair<prometheus::Gauge*, std::function<double()>>> gauges;

  std::pair<prometheus::Counter*, Route*> find(const char* route, int status) {
    {
      const std::shared_lock lock(mutex);
      const auto known = counters.find({route, status});
      if (known != counters.end()) return known->second;
    }
    const std::unique_lock lock(mutex);
    const std::string label = label_of(route);
    auto [entry, is_new] = routes.try_emplace(label);
    if (is_new) {
      entry->second.bytes = &bytes.Add({{"route", label}});
      entry->second.seconds = &seconds.Add({{"route", label}}, kBuckets);
    }
    auto& counter = entry->second.by_status[status];
    if (counter == nullptr) {
      counter = &requests.Add({{"route", label}, {"status", std::to_string(status)}});
    }
    return counters[{route, status}] = {counter, &entry->second};
  }
};

Metrics::Metrics() : state_(std::make_unique<State>()) {}
Metrics::~Metrics() = default;

void Metrics::count_request(const char* route, int status, std::uint64_t body_bytes,
                            double seconds) {
  const auto [requests, of_route] = state_->find(route, status);
  requests->Increment();
  of_route->bytes->Increment(static_cast<double>(body_bytes));
  of_route->seconds->Observe(seconds);
}

void Metrics::count_connections(int change) { state_->connections.Increment(change); }

void Metrics::count_refused_connection() { state_->refused.Increment(); }

void Metrics::add_gauge(const std::string& name, const std::string& help,
                        std::function<double()> value) {
  prometheus::Gauge& gauge =
      prometheus::BuildGauge().Name(name).Help(help).Register(state_->registry).Add({});
  const std::unique_lock lock(state_->mutex);
  state_->gauges.emplace_back(&gauge, std::move(value));
}

std::string Metrics::text() const {
  {
    const std::unique_lock lock(state_->mutex);
    for (const auto& [gauge, value] : state_->gauges) gauge->Set(value());
  }
  return prometheus::TextSerializer().Serialize(state_->registry.Collect());
}

}  // namespace aml::http
