#include <gtest/gtest.h>

#include <mutex>
#include <utility>

#include "columns.h"
#include "flows/chains.h"
#include "flows/cycles.h"
#include "flows/scatter_gather.h"
#include "flows/services.h"
#include "slow.h"

namespace aml::flows {
namespace {

constexpr std::int64_t kUsd = kUnitsPerUsd;
constexpr std::int64_t kHour = 3600;

// Few services among them.
Settings small_settings() {
  Settings settings;
  settings.most_transfers = 12;
  return settings;
}

std::vector<RandomRows> random_worlds() {
  return {{.seed = 1, .addresses = 12, .rows = 150, .seconds = 3 * 86400},
          {.seed = 2, .addresses = 40, .rows = 800},
          {.seed = 3, .addresses = 40, .rows = 500, .time_step = 6 * 3600},
          {.seed = 4, .addresses = 2000, .rows = 9000},
          {.seed = 5, .addresses = 30000, .rows = 100000, .are_skewed = false}};
}

TEST(Services, AreTakenOutAsTheirDefinitionSays) {
  for (const RandomRows& how : random_worlds()) {
    const Graph graph = graph_of(random_rows(how));
    const Settings settings = small_settings();
    const slow::World world = slow::without_services(slow::World(graph), settings);
    const slow::World left(without_services(graph, settings));
    ASSERT_EQ(left.all.size(), world.all.size());
    for (std::size_t i = 0; i < left.all.size(); ++i) {
      EXPECT_EQ(left.all[i].source, world.all[i].source);
      EXPECT_EQ(left.all[i].dest, world.all[i].dest);
      EXPECT_EQ(left.all[i].second, world.all[i].second);
    }
  }
}

TEST(Cycles, AreThoseThatATransferCloses) {
  for (const RandomRows& how : random_worlds()) {
    for (const bool in_order : {true, false}) {
      if (!in_order && how.seed == 5) continue;
      const Graph graph = without_services(graph_of(random_rows(how)), small_settings());
      Settings settings = small_settings();
      settings.most_steps = 100'000'000;
      settings.cycle_seconds = in_order ? 48 * 3600 : 12 * 3600;
      settings.longest_cycle = in_order ? 6 : 5;
      const slow::World world(graph);
      CycleSearch search(graph, settings, in_order ? CycleOrder::temporal : CycleOrder::simple);
      std::size_t all = 0;
      for (const slow::Transfer& closing : world.all) {
        std::multiset<std::vector<Address>> found;
        search.search(closing.source, closing.dest, closing.id, [&](const Cycle& cycle) {
          found.insert({cycle.addresses.begin(), cycle.addresses.end()});
          ASSERT_EQ(cycle.transfers.size(), cycle.addresses.size());
          for (std::size_t i = 0; i < cycle.transfers.size(); ++i) {
            const EdgeId id = cycle.transfers[i];
            EXPECT_EQ(graph.source(id), cycle.addresses[i]);
            EXPECT_EQ(graph.edge(id).other,
                      cycle.addresses[i + 1 < cycle.addresses.size() ? i + 1 : 0]);
            if (in_order && i > 0) {
              EXPECT_GT(graph.edge(id).second, graph.edge(cycle.transfers[i - 1]).second);
            }
          }
        });
        const auto wanted = slow::cycles(world, closing, settings, in_order);
        EXPECT_EQ(std::vector(found.begin(), found.end()),
                  std::vector(wanted.begin(), wanted.end()));
        all += found.size();
      }
      EXPECT_EQ(search.cut_searches(), 0);
      if (how.seed < 4) {
        EXPECT_GT(all, 10) << how.seed;
      }
    }
  }
}

TEST(Cycles, EndWithTheirHorizon) {
  Settings settings;
  settings.cycle_seconds = 100;
  for (const std::int64_t last : {100, 101}) {
    const Graph graph =
        graph_of({{"a", "b", 1, 1000}, {"b", "c", 1, 1050}, {"c", "a", 1, 1000 + last}});
    int found = 0;
    find_cycles({.graph = graph, .settings = settings}, CycleOrder::temporal,
                [&](const Cycle&) { ++found; });
    EXPECT_EQ(found, last == 100 ? 1 : 0);
  }
}

TEST(Cycles, OfADenseCoreAreCutAndCounted) {
  std::vector<Row> rows;
  for (int i = 0; i < 4000; ++i) {
    rows.push_back({fmt::format("a{}", i % 60), fmt::format("a{}", i * 7 % 59), 1, 1000 + i});
  }
  const Graph graph = graph_of(rows);
  Settings settings;
  settings.most_steps = 500;
  EXPECT_GT(find_cycles({.graph = graph, .settings = settings}, CycleOrder::temporal,
                        [](const Cycle&) {}),
            100);
}

TEST(ScatterGathers, AreThoseThatATransferCompletes) {
  using Key = std::tuple<EdgeId, Address, Address, std::set<Address>, Address>;
  for (const RandomRows& how : random_worlds()) {
    const Graph graph = without_services(graph_of(random_rows(how)), small_settings());
    const Settings settings = small_settings();
    std::multiset<Key> found;
    std::mutex mutex;
    find_scatter_gathers(
        {.graph = graph, .threads = 2, .settings = settings}, [&](const ScatterGather& one) {
          const std::lock_guard lock(mutex);
          found.insert({one.completing, one.source, one.sink,
                        std::set(one.middle.begin(), one.middle.end()), one.middle[0]});
        });
    std::multiset<Key> wanted;
    const slow::World world(graph);
    for (const slow::Transfer& last : world.all) {
      for (const slow::Fan& fan : slow::scatter_gathers(world, last, settings)) {
        wanted.insert({last.id, fan.source, fan.sink, fan.middle, fan.completing});
      }
    }
    EXPECT_EQ(found, wanted) << how.seed;
    if (how.seed < 4) {
      EXPECT_GT(wanted.size(), 10) << how.seed;
    }
  }
}

// More ways between two ends than are kept at a time: they are looked for in shares, of which each
// begins anew with the smallest ends of each of its 64 parts.
TEST(ScatterGathers, AreLookedForInSharesWhereTheyAreVeryMany) {
  constexpr int kEnds = 320;
  constexpr int kMiddles = 21;
  std::vector<Row> rows;
  for (int middle = 0; middle < kMiddles; ++middle) {
    for (int i = 0; i < kEnds; ++i) {
      rows.push_back({fmt::format("s{:03}", i), fmt::format("m{}", middle), 1, 1000 + middle});
      rows.push_back({fmt::format("m{}", middle), fmt::format("z{:03}", i), 1, 2000 + middle});
    }
  }
  const Graph graph = graph_of(rows);
  std::size_t found = 0;
  std::size_t beginnings = 0;
  std::pair<Address, Address> last{1, 0};
  find_scatter_gathers({.graph = graph}, [&](const ScatterGather& one) {
    ++found;
    const std::pair ends(one.source, one.sink);
    if (ends < std::exchange(last, ends)) ++beginnings;
  });
  EXPECT_EQ(found, std::size_t{kEnds} * kEnds * (kMiddles - 1));
  EXPECT_GT(beginnings, 100u);
  EXPECT_LE(beginnings, 128u);
}

TEST(ScatterGathers, EndWithTheirHorizon) {
  Settings settings;
  settings.scatter_seconds = 100;
  for (const std::int64_t last : {100, 101}) {
    const Graph graph = graph_of({{"s", "a", 1, 1000},
                                  {"s", "b", 1, 1001},
                                  {"a", "z", 1, 1050},
                                  {"b", "z", 1, 1000 + last}});
    std::size_t found = 0;
    find_scatter_gathers({.graph = graph, .settings = settings},
                         [&](const ScatterGather& one) { found += one.middle.size(); });
    EXPECT_EQ(found, last == 100 ? 2 : 0);
  }
}

TEST(ChainFeatures, AreWhatTheLongestChainsSay) {
  for (const RandomRows& how : random_worlds()) {
    const Graph graph = without_services(graph_of(random_rows(how)), small_settings());
    const Settings settings = small_settings();
    const Chains chains = find_chains(graph, settings, 2);
    const slow::World world(graph);
    int longest = 0;
    for (const slow::Transfer& one : world.all) {
      const int limit = settings.longest_chain;
      const int forward = slow::longest_chain(world, one, settings, false, limit);
      EXPECT_EQ(chains.forward[one.id], forward);
      EXPECT_EQ(chains.backward[one.id], slow::longest_chain(world, one, settings, true, limit));
      longest = std::max(longest, forward);
    }
    EXPECT_GT(longest, 1) << how.seed;
  }
}

TEST(Chains, HaveSoManySuccessorsOfATransfer) {
  std::vector<Row> rows{{"a", "b", 100 * kUsd, kStart}};
  for (int i = 1; i <= 20; ++i) {
    rows.push_back({"b", fmt::format("c{}", i), 100 * kUsd, kStart + i});
  }
  const Graph graph = graph_of(rows);
  const Chains chains = find_chains(graph, Settings(), 1);
  ASSERT_EQ(chains.links.size(), 16u);
  for (const Link& link : chains.links) {
    EXPECT_LE(graph.edge(link.to).second, graph.edge(link.from).second + 16) << "the first ones";
  }
}

// A chain of peeling in the midst of random transfers.
std::vector<Row> with_peeling(std::vector<Row> rows) {
  std::int64_t amount = 10'000 * kUsd;
  for (int i = 0; i < 5; ++i) {
    const std::int64_t time = kStart + i * 5 * kHour;
    const std::string from = fmt::format("peel{}", i);
    rows.push_back({from, fmt::format("peel{}", i + 1), amount, time});
    rows.push_back({from, fmt::format("a{}", i), amount / 10, time + 60});
    amount = amount * 85 / 100;
  }
  return rows;
}

TEST(PeelingFeatures, AreWhatThePeelsSay) {
  for (const RandomRows& how : random_worlds()) {
    const Graph graph = graph_of(with_peeling(random_rows(how)));
    const Settings settings = small_settings();
    const Features features("patterns", {.graph = graph, .settings = settings});
    const slow::World world(graph);
    std::map<Address, std::int64_t> steps, peeled, received;
    for (const slow::Transfer& one : world.all) {
      const slow::Transfers paid = slow::peeling(world, one, settings);
      if (paid.empty()) continue;
      ++steps[one.dest];
      for (std::size_t i = 1; i < paid.size(); ++i) {
        peeled[one.dest] += paid[i].amount;
        ++received[paid[i].dest];
      }
    }
    for (Address address = 0; address < graph.addresses(); ++address) {
      EXPECT_EQ(features.integer("peeling_steps", address), steps[address]);
      EXPECT_EQ(features.integer("peeled_usd", address), peeled[address]);
      EXPECT_EQ(features.integer("peels_received", address), received[address]);
    }
    // Of six transfers in a row five are peeled; the last address only gets one.
    EXPECT_EQ(features.integer("peeling_longest", *graph.find("peel2")), 5);
    EXPECT_EQ(features.integer("peeling_steps", *graph.find("peel5")), 0);
  }
}

TEST(PatternFeatures, CountWhatIsFound) {
  for (const RandomRows& how : random_worlds()) {
    const Graph whole = graph_of(random_rows(how));
    Settings settings = small_settings();
    settings.most_steps = 100'000'000;
    settings.cycle_seconds = 48 * 3600;
    Cuts cuts;
    const Features features("patterns",
                            {.graph = whole, .threads = 2, .settings = settings, .cuts = &cuts});
    const Graph graph = without_services(whole, settings);
    EXPECT_EQ(cuts.service_transfers, static_cast<std::int64_t>(whole.edges() - graph.edges()));
    const slow::World world(graph);
    std::map<std::string, std::map<Address, std::int64_t>> wanted;
    const auto raise = [&](const char* name, Address address, std::int64_t value) {
      std::int64_t& most = wanted[name][address];
      most = std::max(most, value);
    };
    for (const slow::Transfer& last : world.all) {
      for (const auto& cycle : slow::cycles(world, last, settings)) {
        for (const Address address : cycle) {
          ++wanted[fmt::format("cycles_{}", cycle.size())][address];
        }
      }
      for (const slow::Fan& fan : slow::scatter_gathers(world, last, settings)) {
        const auto size = static_cast<std::int64_t>(fan.middle.size());
        raise("scatter_gather_source_largest", fan.source, size);
        raise("scatter_gather_sink_largest", fan.sink, size);
        for (const Address one : fan.middle) raise("scatter_gather_middle_largest", one, size);
        if (size < 3) continue;
        ++wanted["scatter_gather_source_count"][fan.source];
        ++wanted["scatter_gather_sink_count"][fan.sink];
        ++wanted["scatter_gather_middle_count"][fan.completing];
      }
      const int limit = settings.longest_chain;
      const int forward = slow::longest_chain(world, last, settings, false, limit);
      const int backward = slow::longest_chain(world, last, settings, true, limit);
      const int through = std::min(forward + backward - 1, limit);
      if (through < 2) continue;
      raise("chain_forward_longest", last.source, forward);
      raise("chain_backward_longest", last.dest, backward);
      for (const Address address : {last.source, last.dest}) {
        raise("chain_through_longest", address, through);
        wanted["chain_transfers"][address] += through >= 3;
      }
      wanted["chains_begun"][last.source] += through >= 3 && backward == 1;
      wanted["chains_ended"][last.dest] += through >= 3 && forward == 1;
    }
    for (const char* name :
         {"scatter_gather_source_largest", "scatter_gather_source_count",
          "scatter_gather_middle_largest", "scatter_gather_middle_count",
          "scatter_gather_sink_largest", "scatter_gather_sink_count", "cycles_2", "cycles_3",
          "cycles_4", "cycles_5", "cycles_6", "chain_forward_longest", "chain_backward_longest",
          "chain_through_longest", "chain_transfers", "chains_begun", "chains_ended"}) {
      for (Address address = 0; address < graph.addresses(); ++address) {
        EXPECT_EQ(features.integer(name, address), wanted[name][address]) << name;
      }
    }
  }
}

TEST(PatternFeatures, TellHowMuchCameRoundACycle) {
  const Graph graph = graph_of({{"a", "b", 100 * kUsd, kStart},
                                {"b", "c", 90 * kUsd, kStart + 1},
                                {"c", "a", 60 * kUsd, kStart + 2},
                                {"c", "d", 9 * kUsd, kStart + 3},
                                {"d", "b", 8 * kUsd, kStart + 4}});
  const Features features("patterns", {.graph = graph});
  const Address a = *graph.find("a");
  const Address d = *graph.find("d");
  EXPECT_EQ(features.integer("cycle_largest_usd", a), 60 * kUsd);
  EXPECT_EQ(features.integer("cycles_kept", a), 1);
  EXPECT_EQ(features.integer("cycle_largest_usd", d), 8 * kUsd);
  EXPECT_EQ(features.integer("cycles_kept", d), 0);
}

TEST(PatternFeatures, OfPairsNeedNoTimes) {
  const Graph graph = pairs_of({{"a", "b", kUsd, kMissing, 0, 0, 3},
                                {"b", "c", kUsd, kMissing, 0, 0, 1},
                                {"c", "a", kUsd, kMissing, 0, 0, 9},
                                {"s", "m", kUsd, 5, 0, 0, 3, 100},
                                {"s", "n", kUsd, 900000000, 0, 0, 3, 900000005},
                                {"m", "z", kUsd, kMissing, 0, 0, 1},
                                {"n", "z", kUsd, kMissing, 0, 0, 1}});
  const Features features("patterns", {.graph = graph});
  EXPECT_EQ(features.integer("cycles_3", *graph.find("a")), 1);
  EXPECT_EQ(features.integer("cycles_3", *graph.find("c")), 1);
  EXPECT_EQ(features.integer("scatter_gather_source_largest", *graph.find("s")), 2);
  EXPECT_EQ(features.integer("chain_forward_longest", *graph.find("a")), kMissing);
}

}  // namespace
}  // namespace aml::flows
