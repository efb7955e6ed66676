// bench/flows runs it: patterns of a list of transfers, by transfer, and how long they took.
//
// flows_bench EDGES OUTPUT THREADS ROUNDS LENGTH CYCLE_SECONDS SCATTER_SECONDS FAN_SECONDS
// SIMPLE_SECONDS
//
// EDGES holds rows of four int64: source, dest, second, amount in 1e-4 USD; OUTPUT gets rows of
// uint32 in the same order: fan_in, fan_out, degree_in, degree_out, then the sizes of
// scatter-gathers, temporal and simple cycles. Standard output: the least CPU and wall seconds of
// each part as JSON.
#include <fmt/format.h>
#include <time.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/files.h"
#include "flows/make_graph.h"
#include "flows/transfer_patterns.h"

namespace {

using namespace aml::flows;

struct Row {
  std::int64_t source = 0;
  std::int64_t dest = 0;
  std::int64_t second = 0;
  std::int64_t amount = 0;
};

struct Seconds {
  double cpu = 1e18;
  double wall = 1e18;
};

double cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

class Stopwatch {
 public:
  void run(const std::string& name, const std::function<void()>& part) {
    const double cpu = cpu_seconds();
    const auto start = std::chrono::steady_clock::now();
    part();
    Seconds& least = parts_[name];
    least.cpu = std::min(least.cpu, cpu_seconds() - cpu);
    const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - start;
    least.wall = std::min(least.wall, wall.count());
  }
  void print() const {
    std::string json;
    for (const auto& [name, seconds] : parts_) {
      json += fmt::format("{}\"{}\":{{\"cpu\":{},\"wall\":{}}}", json.empty() ? "" : ",", name,
                          seconds.cpu, seconds.wall);
    }
    fmt::print("{{{}}}\n", json);
  }

 private:
  std::map<std::string, Seconds> parts_;
};

std::vector<Row> read_rows(const char* path) {
  const std::string bytes = aml::read_file(path);
  std::vector<Row> rows(bytes.size() / sizeof(Row));
  std::copy_n(bytes.data(), rows.size() * sizeof(Row), reinterpret_cast<char*>(rows.data()));
  return rows;
}

Graph make(const std::vector<Row>& rows, int threads) {
  std::vector<TransferShard> shards(1);
  constexpr std::size_t kBatch = 2048;
  std::vector<std::string> texts;
  std::vector<std::string_view> source;
  std::vector<std::string_view> dest;
  std::vector<std::int64_t> amount;
  std::vector<std::int64_t> second;
  for (std::size_t begin = 0; begin < rows.size(); begin += kBatch) {
    const std::size_t end = std::min(rows.size(), begin + kBatch);
    texts.clear();
    for (std::size_t i = begin; i < end; ++i) {
      texts.push_back(std::to_string(rows[i].source));
      texts.push_back(std::to_string(rows[i].dest));
    }
    source.clear();
    dest.clear();
    amount.clear();
    second.clear();
    for (std::size_t i = begin; i < end; ++i) {
      source.push_back(texts[2 * (i - begin)]);
      dest.push_back(texts[2 * (i - begin) + 1]);
      amount.push_back(rows[i].amount);
      second.push_back(rows[i].second);
    }
    shards[0].add({source, dest, amount, second, {}, {}, {}, {}});
  }
  return make_graph(std::move(shards), threads);
}

// The patterns in the order of the rows. REQUIRES: no two rows of one second.
void write_patterns(const char* path, const Graph& graph, const std::vector<Row>& rows,
                    const std::vector<TransferPatterns>& patterns) {
  std::map<std::uint32_t, EdgeId> by_second;
  for (EdgeId id = 0; id < graph.edges(); ++id) by_second[graph.edge(id).second] = id;
  std::vector<std::uint32_t> out;
  for (const Row& row : rows) {
    const TransferPatterns& one = patterns[by_second.at(static_cast<std::uint32_t>(row.second))];
    out.insert(out.end(), {one.fan_in, one.fan_out, one.degree_in, one.degree_out});
    for (const auto& sizes : {one.scatter_gathers, one.temporal_cycles, one.simple_cycles}) {
      out.insert(out.end(), sizes.begin(), sizes.end());
    }
  }
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(out.data()),
             static_cast<std::streamsize>(out.size() * sizeof(std::uint32_t)));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 10) return 2;
  const std::vector<Row> rows = read_rows(argv[1]);
  const int threads = std::atoi(argv[3]);
  const int rounds = std::atoi(argv[4]);
  const auto number = [&](int i) { return static_cast<std::uint32_t>(std::atoll(argv[i])); };
  Settings settings;
  settings.longest_cycle = std::atoi(argv[5]);
  settings.cycle_seconds = number(6);
  settings.scatter_seconds = number(7);
  settings.fan_seconds = number(8);
  settings.most_steps = 1'000'000'000;  // snapml looks at everything
  Settings simple = settings;
  simple.cycle_seconds = number(9);

  Stopwatch stopwatch;
  std::vector<TransferPatterns> patterns;
  const Graph graph = make(rows, threads);
  const TransferPatternChoice none{false, false, false, false};
  for (int round = 0; round < rounds; ++round) {
    stopwatch.run("graph", [&] { make(rows, threads); });
    const auto part = [&](const char* name, bool TransferPatternChoice::* which,
                          const Settings& chosen) {
      TransferPatternChoice choice = none;
      choice.*which = true;
      const Question question{.graph = graph, .threads = threads, .settings = chosen};
      std::vector<TransferPatterns> found;
      stopwatch.run(name, [&] { found = transfer_patterns(question, choice); });
      if (patterns.empty()) patterns.resize(found.size());
      for (std::size_t i = 0; i < found.size() && round == 0; ++i) {
        if (choice.fans) patterns[i] = found[i];
        if (choice.scatter_gathers) patterns[i].scatter_gathers = found[i].scatter_gathers;
        if (choice.temporal_cycles) patterns[i].temporal_cycles = found[i].temporal_cycles;
        if (choice.simple_cycles) patterns[i].simple_cycles = found[i].simple_cycles;
      }
    };
    part("fans", &TransferPatternChoice::fans, settings);
    part("scatter_gathers", &TransferPatternChoice::scatter_gathers, settings);
    part("temporal_cycles", &TransferPatternChoice::temporal_cycles, settings);
    part("simple_cycles", &TransferPatternChoice::simple_cycles, simple);
  }
  write_patterns(argv[2], graph, rows, patterns);
  stopwatch.print();
  return 0;
}
