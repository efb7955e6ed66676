// validate_round FOLDER MINERS ALERTS FEATURES THREADS: stores the submissions that bench/validate
// made up as a validator stores them, then reads, checks and judges them, compares all pairs and
// builds the ensemble.
#include <fmt/format.h>
#include <sys/resource.h>

#include <chrono>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/hash.h"
#include "base/threads.h"
#include "validation/ensemble.h"
#include "validation/judge.h"
#include "validation/neighbors.h"
#include "validation/secret.h"
#include "validator/body_store.h"

namespace {

using namespace aml;
using Clock = std::chrono::steady_clock;

constexpr const char* kSecret = "0123456789abcdef0123456789abcdef";
constexpr const char* kDate = "2025-10-26";

std::vector<double> read_doubles(const std::string& path, std::size_t count) {
  std::vector<double> values(count);
  std::ifstream file(path, std::ios::binary);
  file.read(reinterpret_cast<char*>(values.data()),
            static_cast<std::streamsize>(count * sizeof(double)));
  if (!file) throw std::runtime_error("cannot read " + path);
  return values;
}

template <typename T>
void write_all(const std::string& path, const std::vector<T>& values) {
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(values.data()),
             static_cast<std::streamsize>(values.size() * sizeof(T)));
}

// What `process` writes of an alert's reasons, 1.3 kB; the numbers differ from alert to alert.
std::string explanation(double score) {
  constexpr int kReasons = 10;
  std::string names;
  std::string shares;
  std::string values;
  for (int i = 0; i < kReasons; ++i) {
    const std::string name = fmt::format("neighbor_reciprocity_weighted_{}d", i);
    const char* comma = i == 0 ? "" : ",";
    names += fmt::format(R"({}"{}")", comma, name);
    shares += fmt::format(R"({}"{}":{:.11f})", comma, name, score / (i + 2));
    values += fmt::format(R"({}"{}":{:.9f})", comma, name, 100 * score / (i + 3));
  }
  return fmt::format(
      R"({{"base_value":-5.255660459091668,"top_features":[{}],"feature_contributions":{{{}}},)"
      R"("feature_values":{{{}}},"families":{{"alert":-0.059308,"address":0.086271,"flows":0.16547}}}})",
      names, shares, values);
}

std::string body_of(const validation::AlertIndex& alerts, std::span<const double> scores,
                    bool is_explained) {
  std::string body =
      fmt::format(R"({{"processing_date":"{}","total_alerts":{},"scores":[)", kDate, scores.size());
  for (std::size_t i = 0; i < scores.size(); ++i) {
    body += fmt::format(
        R"({}{{"alert_id":"{}","score":{},"model_version":"1.0.0","latency_ms":0.25,"explain_json":{}}})",
        i == 0 ? "" : ",", alerts.ids()[i], scores[i],
        is_explained ? nlohmann::json(explanation(scores[i])).dump() : "null");
  }
  return body + "]}";
}

double cpu_seconds() {
  rusage now{};
  getrusage(RUSAGE_SELF, &now);
  return static_cast<double>(now.ru_utime.tv_sec + now.ru_stime.tv_sec) +
         static_cast<double>(now.ru_utime.tv_usec + now.ru_stime.tv_usec) / 1e6;
}

double since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// Peak resident memory from now on: what generating took does not count.
void reset_peak() { std::ofstream("/proc/self/clear_refs") << "5"; }
double peak_mb() {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    if (word == "VmHWM:") {
      status >> word;
      return std::stod(word) / 1024;
    }
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 6) return 2;
  const std::string folder = argv[1];
  const std::size_t miners = std::stoul(argv[2]);
  const std::size_t count = std::stoul(argv[3]);
  const std::size_t features = std::stoul(argv[4]);
  const int threads = std::stoi(argv[5]);

  std::vector<std::string> ids;
  for (std::size_t i = 0; i < count; ++i)
    ids.push_back(fmt::format("alert-{:032x}", i * 2654435761U));
  const validation::AlertIndex alerts(ids);
  validation::AlertFacts facts;
  const std::vector<double> confidence = read_doubles(folder + "/confidence", count);
  for (std::size_t i = 0; i < count; ++i) {
    facts.address.push_back(fmt::format("address-{}", i));
    facts.severity.emplace_back(i % 3 == 0 ? "high" : "low");
    facts.typology.emplace_back(i % 5 == 0 ? "cycle" : "fan_in");
    facts.confidence.push_back(confidence[i]);
  }
  const std::vector<double> table = read_doubles(folder + "/features", count * features);
  const std::vector<double> baseline = read_doubles(folder + "/baseline", count);
  const std::vector<double> truth = read_doubles(folder + "/truth", count);
  const std::vector<int> labels(truth.begin(), truth.end());
  std::vector<std::span<const double>> columns;
  for (std::size_t f = 0; f < features; ++f) {
    columns.push_back(std::span(table).subspan(f * count, count));
  }

  // Not timed: the submissions arrive.
  const validator::BodyStore store(folder + "/store");
  std::vector<std::string> bodies(miners);
  std::vector<std::int64_t> sizes(miners);
  const bool with_peer = std::ifstream(folder + "/with_peer").good();
  const bool is_explained = std::ifstream(folder + "/explained").good();
  parallel_blocks(miners, 1, threads, [&](std::size_t m, std::size_t) {
    const auto scores = read_doubles(folder + "/scores-" + std::to_string(m), count);
    const std::string body = body_of(alerts, scores, is_explained);
    auto incoming = store.receive();
    incoming->write(body);
    bodies[m] = incoming->keep();
    sizes[m] = std::ssize(body);
  });
  reset_peak();

  const double cpu_before = cpu_seconds();
  const Clock::time_point start = Clock::now();
  std::vector<validation::Entrant> entrants(miners);
  parallel_blocks(miners, 1, threads, [&](std::size_t m, std::size_t) {
    validation::SubmissionReader reader(alerts, validation::limits_for(count), sizes[m]);
    store.read(bodies[m], reader.room());
    entrants[m].hotkey = "miner-" + std::to_string(m);
    entrants[m].submission = reader.read();
  });
  const double reading = since(start);
  validation::DayFacts day;
  day.processing_date = kDate;
  day.alerts = &alerts;
  day.facts = &facts;
  day.baseline = baseline;
  day.features = columns;
  day.labels = labels;
  day.secret = kSecret;
  day.round = "bench";
  const auto verdicts = validation::judge_round(day, entrants, threads);
  const double judging = since(start) - reading;
  std::vector<double> quality;
  std::vector<std::span<const double>> scores;
  for (std::size_t m = 0; m < miners; ++m) {
    quality.push_back(verdicts[m].final_score);
    scores.emplace_back(entrants[m].submission->scores);
  }
  const auto weights = validation::normalized_weights(quality);
  const auto ensemble = validation::combine(scores, weights, threads);
  const double all = since(start);

  nlohmann::json report{{"reading_s", reading},
                        {"judging_s", judging},
                        {"ensemble_s", all - reading - judging},
                        {"all_s", all},
                        {"cpu_s", cpu_seconds() - cpu_before},
                        {"body_mb", static_cast<double>(sizes.front()) / 1e6},
                        {"peak_mb", peak_mb()}};
  for (const validation::Verdict& verdict : verdicts) {
    report["verdicts"].push_back({verdict.final_score, verdict.copy_of, verdict.is_baseline});
  }
  std::cout << report;
  // What the peer needs to judge the same submissions by the same sample.
  std::ofstream stored(folder + "/stored");
  for (std::size_t m = 0; m < miners; ++m) stored << bodies[m] << ' ' << sizes[m] << '\n';
  std::vector<double> means;
  for (const auto& score : ensemble) means.push_back(score.mean);
  write_all(folder + "/ensemble", means);
  validation::SecretDraw draw(kSecret, "pairs\nbench");
  const auto sample = draw.sample(count, validation::kPairSample);
  const auto neighbors = validation::nearest_neighbors(
      columns, sample, validation::kNeighborQueries, draw.next(), threads);
  write_all(folder + "/sample", sample);
  write_all(folder + "/alert", neighbors.alert);
  write_all(folder + "/neighbor", neighbors.neighbor);
  for (std::size_t m = 0; with_peer && m < miners; ++m) {
    validation::SecretDraw traps(kSecret, "traps\nbench\nminer-" + std::to_string(m));
    write_all(folder + "/traps-" + std::to_string(m), traps.sample(count, validation::kTrapSample));
  }
}
