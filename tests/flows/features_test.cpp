#include <gtest/gtest.h>

#include <cmath>

#include "columns.h"
#include "slow.h"

namespace aml::flows {
namespace {

constexpr std::int64_t kUsd = kUnitsPerUsd;
constexpr std::int64_t kHour = 3600;
constexpr std::int64_t kDay = 24 * kHour;

std::vector<RandomRows> random_worlds() {
  return {{.seed = 1, .addresses = 3, .rows = 3},
          {.seed = 2, .addresses = 12, .rows = 400},
          {.seed = 3, .addresses = 40, .rows = 800, .time_step = 6 * 3600},
          {.seed = 4, .addresses = 3000, .rows = 20000, .seconds = 20 * 86400},
          {.seed = 5, .addresses = 20000, .rows = 100000, .are_skewed = false}};
}

slow::Transfers of(const std::map<Address, slow::Transfers>& rows, Address address) {
  const auto row = rows.find(address);
  return row == rows.end() ? slow::Transfers() : row->second;
}

void expect_near(double found, double wanted, const char* name) {
  if (std::isnan(wanted)) {
    EXPECT_TRUE(std::isnan(found)) << name;
  } else {
    EXPECT_NEAR(found, wanted, 1e-9 * std::max(1.0, std::abs(wanted))) << name;
  }
}

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

// The moments of a population as their definitions say, in USD.
struct Shape {
  double mean = kNone, median = kNone, deviation = kNone, skewness = kNone, kurtosis = kNone;
};
Shape shape_of(std::vector<std::int64_t> amounts) {
  Shape shape;
  if (amounts.empty()) return shape;
  std::sort(amounts.begin(), amounts.end());
  const auto n = static_cast<double>(amounts.size());
  std::vector<double> usd;
  for (const std::int64_t amount : amounts) usd.push_back(static_cast<double>(amount) / 1e4);
  shape.mean = std::accumulate(usd.begin(), usd.end(), 0.0) / n;
  const std::size_t middle = usd.size() / 2;
  shape.median = usd.size() % 2 == 1 ? usd[middle] : (usd[middle - 1] + usd[middle]) / 2;
  double m2 = 0, m3 = 0, m4 = 0;
  for (const double x : usd) {
    m2 += std::pow(x - shape.mean, 2) / n;
    m3 += std::pow(x - shape.mean, 3) / n;
    m4 += std::pow(x - shape.mean, 4) / n;
  }
  const bool are_equal = amounts.front() == amounts.back();
  shape.deviation = are_equal ? 0 : std::sqrt(m2);
  shape.skewness = are_equal ? 0 : m3 / std::pow(m2, 1.5);
  shape.kurtosis = are_equal ? 0 : m4 / (m2 * m2);
  return shape;
}

TEST(TotalFeatures, AreWhatTheirDefinitionsSay) {
  for (const RandomRows& how : random_worlds()) {
    const Graph graph = graph_of(random_rows(how));
    const Features features("totals", {.graph = graph, .threads = 2});
    const slow::World world(graph);
    for (Address address = 0; address < graph.addresses(); ++address) {
      std::set<Address> both[2];
      for (const std::string side : {"in", "out"}) {
        const auto transfers = of(side == "in" ? world.in : world.out, address);
        std::map<Address, std::int64_t> counterparties;
        std::vector<std::int64_t> amounts;
        for (const slow::Transfer& one : transfers) {
          const Address other = side == "in" ? one.source : one.dest;
          both[side == "in"].insert(other);
          counterparties[other] += std::max<std::int64_t>(0, one.amount);
          if (one.amount != kUnpriced) amounts.push_back(one.amount);
        }
        const auto integer = [&](const std::string& name) {
          return features.integer(side + "_" + name, address);
        };
        const auto number = [&](const std::string& name) {
          return features.number(side + "_" + name, address);
        };
        std::int64_t top = 0;
        for (const auto& [other, amount] : counterparties) top = std::max(top, amount);
        EXPECT_EQ(integer("transfers"), static_cast<std::int64_t>(transfers.size()));
        EXPECT_EQ(integer("unpriced_transfers"),
                  static_cast<std::int64_t>(transfers.size() - amounts.size()));
        EXPECT_EQ(integer("usd"), std::accumulate(amounts.begin(), amounts.end(), std::int64_t{0}));
        EXPECT_EQ(integer("counterparties"), static_cast<std::int64_t>(counterparties.size()));
        EXPECT_EQ(integer("top_counterparty_usd"), top);
        expect_near(number("transfers_per_counterparty"),
                    counterparties.empty() ? kNone
                                           : static_cast<double>(transfers.size()) /
                                                 static_cast<double>(counterparties.size()),
                    "per counterparty");
        const bool none = amounts.empty();
        EXPECT_EQ(integer("smallest_usd"),
                  none ? kMissing : *std::min_element(amounts.begin(), amounts.end()));
        EXPECT_EQ(integer("largest_usd"),
                  none ? kMissing : *std::max_element(amounts.begin(), amounts.end()));
        const Shape shape = shape_of(amounts);
        expect_near(number("mean_usd"), shape.mean, "mean");
        expect_near(number("median_usd"), shape.median, "median");
        expect_near(number("deviation_usd"), shape.deviation, "deviation");
        expect_near(number("skewness"), shape.skewness, "skewness");
        expect_near(number("kurtosis"), shape.kurtosis, "kurtosis");
      }
      std::vector<Address> common;
      std::set_intersection(both[0].begin(), both[0].end(), both[1].begin(), both[1].end(),
                            std::back_inserter(common));
      EXPECT_EQ(features.integer("reciprocal_counterparties", address),
                static_cast<std::int64_t>(common.size()));
    }
  }
}

TEST(TotalFeatures, OfPairsLackWhatPairsCannotTell) {
  const Graph graph = pairs_of({{"p", "q", 10 * kUsd, 5, 0, 0, 4, 9},
                                {"p", "r", 2 * kUsd, 5, 0, 0, 1, 5},
                                {"s", "r", 3 * kUsd, kMissing, 0, 0, 1}});
  const Features features("totals", {.graph = graph});
  const Address p = *graph.find("p");
  const Address r = *graph.find("r");
  EXPECT_EQ(features.integer("out_transfers", p), 5);
  EXPECT_EQ(features.integer("out_usd", p), 12 * kUsd);
  EXPECT_EQ(features.number("out_mean_usd", p), 2.4);
  EXPECT_EQ(features.integer("out_largest_usd", p), kMissing);
  EXPECT_TRUE(std::isnan(features.number("out_median_usd", p)));
  EXPECT_EQ(features.integer("in_largest_usd", r), 3 * kUsd);
  EXPECT_EQ(features.number("in_median_usd", r), 2.5);
  for (const char* name : {"in_most_transfers_1h", "gather_scatter_1d"}) {
    EXPECT_EQ(Features("fan", {.graph = graph}).integer(name, r), kMissing);
  }
}

TEST(TotalFeatures, StopAtTheLargestSumThereIs) {
  std::vector<Row> rows;
  for (int i = 0; i < 10000; ++i) rows.push_back({"p", "q", kLargestAmount, kStart + i});
  const Graph graph = graph_of(rows);
  const Features features("totals", {.graph = graph});
  EXPECT_EQ(features.integer("out_usd", *graph.find("p")),
            std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(features.number("out_deviation_usd", *graph.find("p")), 0);
}

TEST(FanFeatures, AreWhatTheirDefinitionsSay) {
  for (const RandomRows& how : random_worlds()) {
    const Graph graph = graph_of(random_rows(how));
    const Features features("fan", {.graph = graph, .threads = 2});
    const slow::World world(graph);
    const auto last_within = [](const slow::Transfers& all, std::int64_t second,
                                std::int64_t horizon) {
      return slow::between(all, second - horizon + 1, second);
    };
    const auto distinct = [](const slow::Transfers& all, bool incoming) {
      std::set<Address> others;
      for (const slow::Transfer& one : all) others.insert(incoming ? one.source : one.dest);
      return static_cast<std::int64_t>(others.size());
    };
    for (Address address = 0; address < graph.addresses(); ++address) {
      const auto in = of(world.in, address);
      const auto out = of(world.out, address);
      for (const auto& [name, horizon] : {std::pair("1h", kHour), {"1d", kDay}, {"7d", 7 * kDay}}) {
        for (const bool incoming : {true, false}) {
          std::int64_t counterparties = 0, transfers = 0, sum = 0;
          for (const slow::Transfer& one : incoming ? in : out) {
            const auto found = last_within(incoming ? in : out, one.second, horizon);
            std::int64_t amount = 0;
            for (const slow::Transfer& other : found) {
              amount += std::max<std::int64_t>(0, other.amount);
            }
            counterparties = std::max(counterparties, distinct(found, incoming));
            transfers = std::max(transfers, static_cast<std::int64_t>(found.size()));
            sum = std::max(sum, amount);
          }
          const std::string side = incoming ? "in" : "out";
          EXPECT_EQ(features.integer(side + "_most_counterparties_" + name, address),
                    counterparties);
          EXPECT_EQ(features.integer(side + "_most_transfers_" + name, address), transfers);
          EXPECT_EQ(features.integer(side + "_most_usd_" + name, address), sum);
        }
      }
      std::int64_t both = 0;
      for (const slow::Transfer& one : out) {
        both = std::max(both, std::min(distinct(last_within(in, one.second, kDay), true),
                                       distinct(last_within(out, one.second, kDay), false)));
      }
      EXPECT_EQ(features.integer("gather_scatter_1d", address), both);
    }
  }
}

TEST(FanFeatures, LookBackLessThanTheirHorizon) {
  const Graph graph = graph_of({{"p", "q", 1, kStart}, {"r", "q", 1, kStart + kHour}});
  const Graph closer = graph_of({{"p", "q", 1, kStart}, {"r", "q", 1, kStart + kHour - 1}});
  const auto most = [](const Graph& of_graph) {
    return Features("fan", {.graph = of_graph})
        .integer("in_most_counterparties_1h", *of_graph.find("q"));
  };
  EXPECT_EQ(most(graph), 1);
  EXPECT_EQ(most(closer), 2);
}

// Of one transfer received: what is paid on, by a queue that is empty seven days before.
struct Rest {
  std::map<std::int64_t, std::int64_t> within;  // by hours
  Wide unit_seconds = 0;
};
Rest rest_of(const slow::Transfers& events, const slow::Transfer& received, Address address) {
  struct Money {
    std::int64_t amount = 0;
    bool is_it = false;
  };
  std::deque<Money> queue;
  Rest rest;
  for (const std::int64_t hours : {1, 6, 24, 72, 168}) rest.within[hours] = 0;
  for (const slow::Transfer& event : events) {
    if (event.second < std::int64_t{received.second} - 7 * kDay) continue;
    if (event.second > std::int64_t{received.second} + 7 * kDay) break;
    if (event.dest == address) {
      queue.push_back({event.amount, event.id == received.id});
      continue;
    }
    std::int64_t left = event.amount;
    while (left > 0 && !queue.empty()) {
      const std::int64_t taken = std::min(left, queue.front().amount);
      if (queue.front().is_it) {
        const std::int64_t rested = event.second - received.second;
        for (auto& [hours, amount] : rest.within) {
          if (rested <= hours * kHour) amount += taken;
        }
        rest.unit_seconds += static_cast<Wide>(taken) * rested;
      }
      left -= taken;
      queue.front().amount -= taken;
      if (queue.front().amount == 0) queue.pop_front();
    }
  }
  return rest;
}

TEST(RestFeatures, AreWhatAQueueSays) {
  for (const RandomRows& how : random_worlds()) {
    std::vector<Row> rows = random_rows(how);
    for (std::size_t i = 0; i < rows.size(); ++i) {
      rows[i].transaction = 1 + i / 2;  // some of it is change
      rows[i].time = rows[i - i % 2].time;
    }
    const Graph graph = graph_of(rows);
    const Features features("rest", {.graph = graph, .threads = 2});
    const slow::World world(graph);
    for (Address address = 0; address < graph.addresses(); ++address) {
      slow::Transfers events;
      for (const slow::Transfer& one : of(world.in, address)) events.push_back(one);
      for (const slow::Transfer& one : of(world.out, address)) events.push_back(one);
      std::erase_if(events, [](const slow::Transfer& one) { return !slow::counts(one); });
      std::stable_sort(events.begin(), events.end(),
                       [](const auto& a, const auto& b) { return a.second < b.second; });
      std::map<std::int64_t, std::int64_t> within;
      std::int64_t received = 0, usd_hours = 0, relays = 0, relayed = 0;
      for (std::size_t i = 0; i < events.size(); ++i) {
        if (events[i].dest != address) continue;
        received += events[i].amount;
        const Rest rest = rest_of(events, events[i], address);
        for (const auto& [hours, amount] : rest.within) within[hours] += amount;
        usd_hours += static_cast<std::int64_t>(rest.unit_seconds / 3600);
        if (i + 1 == events.size() || events[i + 1].dest == address) continue;
        const slow::Transfer& next = events[i + 1];
        if (next.second - events[i].second <= kDay && next.amount <= events[i].amount &&
            next.amount * 10 >= events[i].amount * 9) {
          ++relays;
          relayed += next.amount;
        }
      }
      EXPECT_EQ(features.integer("rest_received_usd", address), received);
      EXPECT_EQ(features.integer("passed_on_1h_usd", address), within[1]);
      EXPECT_EQ(features.integer("passed_on_6h_usd", address), within[6]);
      EXPECT_EQ(features.integer("passed_on_24h_usd", address), within[24]);
      EXPECT_EQ(features.integer("passed_on_72h_usd", address), within[72]);
      EXPECT_EQ(features.integer("passed_on_7d_usd", address), within[168]);
      EXPECT_EQ(features.integer("rest_usd_hours", address), usd_hours);
      EXPECT_EQ(features.integer("relays", address), relays);
      EXPECT_EQ(features.integer("relayed_usd", address), relayed);
      expect_near(features.number("passed_on_24h_share", address),
                  received == 0 ? kNone : static_cast<double>(within[24]) / received, "share");
      expect_near(features.number("mean_rest_hours", address),
                  within[168] == 0 ? kNone : static_cast<double>(usd_hours) / within[168], "rest");
    }
  }
}

TEST(RestFeatures, CountWhatIsPaidOnAtTheEdgeOfAPeriod) {
  for (const std::int64_t late : {0, 1}) {
    const Graph graph = graph_of({{"p", "q", 10 * kUsd, kStart},
                                  {"q", "r", 4 * kUsd, kStart},  // at once
                                  {"q", "r", 6 * kUsd, kStart + kHour + late}});
    const Features features("rest", {.graph = graph});
    const Address q = *graph.find("q");
    EXPECT_EQ(features.integer("passed_on_1h_usd", q), (late ? 4 : 10) * kUsd);
    EXPECT_EQ(features.integer("passed_on_6h_usd", q), 10 * kUsd);
  }
}

TEST(RestFeatures, ForgetWhatIsOlderThanSevenDays) {
  const std::vector<Row> rows = {{"p", "q", 10 * kUsd, kStart},
                                 {"p", "q", 1 * kUsd, kStart + 7 * kDay + 1},
                                 {"q", "r", 1 * kUsd, kStart + 7 * kDay + 2}};
  const Graph graph = graph_of(rows);
  const Features features("rest", {.graph = graph});
  EXPECT_EQ(features.integer("passed_on_7d_usd", *graph.find("q")), 1 * kUsd);
  EXPECT_EQ(features.integer("relays", *graph.find("q")), 1);
}

TEST(AmountFeatures, AreWhatTheirDefinitionsSay) {
  for (const RandomRows& how : random_worlds()) {
    const Graph graph = graph_of(random_rows(how));
    const Features features("amounts", {.graph = graph, .threads = 2});
    const slow::World world(graph);
    for (Address address = 0; address < graph.addresses(); ++address) {
      std::map<int, std::int64_t> hours;
      std::int64_t night = 0, weekend = 0;
      std::set<int> weekdays;
      for (const bool incoming : {true, false}) {
        const auto transfers = of(incoming ? world.in : world.out, address);
        std::int64_t round = 0, burst = 0;
        std::int64_t below[3] = {};
        std::map<std::int64_t, std::int64_t> equal;
        std::vector<std::int64_t> amounts;
        for (const slow::Transfer& one : transfers) {
          const int hour = one.second / 3600 % 24;
          const int weekday = (one.second / 86400 + 3) % 7;  // Monday is 0
          ++hours[hour];
          night += hour < 6;
          weekend += weekday > 4;
          weekdays.insert(weekday);
          burst =
              std::max(burst, static_cast<std::int64_t>(
                                  slow::between(transfers, one.second - 599, one.second).size()));
          if (one.amount == kUnpriced) continue;
          amounts.push_back(one.amount);
          ++equal[one.amount];
          round += one.amount % (100 * kUsd) == 0;
          below[0] += one.amount >= 9000 * kUsd && one.amount < 10000 * kUsd;
          below[1] += one.amount >= 2700 * kUsd && one.amount < 3000 * kUsd;
          below[2] += one.amount >= 900 * kUsd && one.amount < 1000 * kUsd;
        }
        std::int64_t most_equal = 0;
        for (const auto& [amount, times] : equal) most_equal = std::max(most_equal, times);
        std::sort(amounts.begin(), amounts.end());
        const auto quantile = [&](std::size_t quarter) {
          return static_cast<double>(amounts[(amounts.size() - 1) * quarter / 4]);
        };
        const std::string side = incoming ? "in" : "out";
        const auto integer = [&](const std::string& name) {
          return features.integer(side + "_" + name, address);
        };
        EXPECT_EQ(integer("round_transfers"), round);
        EXPECT_EQ(integer("below_limit_1_transfers"), below[0]);
        EXPECT_EQ(integer("below_limit_2_transfers"), below[1]);
        EXPECT_EQ(integer("below_limit_3_transfers"), below[2]);
        EXPECT_EQ(integer("most_equal_transfers"), most_equal);
        EXPECT_EQ(integer("most_transfers_10min"), burst);
        expect_near(features.number(side + "_amount_spread", address),
                    amounts.empty() ? kNone : (quantile(3) - quantile(1)) / quantile(2), "spread");
      }
      std::int64_t top = 0;
      for (const auto& [hour, transfers] : hours) top = std::max(top, transfers);
      EXPECT_EQ(features.integer("night_transfers", address), night);
      EXPECT_EQ(features.integer("weekend_transfers", address), weekend);
      EXPECT_EQ(features.integer("hours_of_day_active", address),
                static_cast<std::int64_t>(hours.size()));
      EXPECT_EQ(features.integer("weekdays_active", address),
                static_cast<std::int64_t>(weekdays.size()));
      EXPECT_EQ(features.integer("top_hour_of_day_transfers", address), top);
    }
  }
}

TEST(AmountFeatures, CountWhatIsJustBelowChosenLimits) {
  const Graph graph = graph_of({{"p", "q", 4499 * kUsd, kStart},
                                {"p", "q", 4500 * kUsd, kStart},
                                {"p", "q", 5000 * kUsd - 1, kStart},
                                {"p", "q", 5000 * kUsd, kStart}});
  Settings settings;
  settings.limits_usd[0] = 5000;
  const Features features("amounts", {.graph = graph, .settings = settings});
  EXPECT_EQ(features.integer("in_below_limit_1_transfers", *graph.find("q")), 2);
}

}  // namespace
}  // namespace aml::flows
