// What holds for every set of features of transfers.
#include <gtest/gtest.h>

#include <bit>
#include <memory>
#include <set>
#include <span>
#include <vector>

#include "columns.h"
#include "example.h"
#include "flows/feature_blocks.h"

namespace aml::flows {
namespace {

constexpr std::int64_t kDay = 24 * 3600;

std::string all_set_names(const ::testing::TestParamInfo<std::string>& info) { return info.param; }

class EverySet : public ::testing::TestWithParam<std::string> {};

TEST_P(EverySet, AnySoManyThreadsGiveTheSame) {
  const Graph graph = graph_of(random_rows({.addresses = 4000, .rows = 20000}), 2);
  const Columns once = compute(set_named(GetParam()), {.graph = graph}, all_addresses(graph));
  for (const int threads : {2, 7}) {
    const Question question{.graph = graph, .threads = threads};
    expect_same(compute(set_named(GetParam()), question, all_addresses(graph)), once);
  }
}

TEST_P(EverySet, PreparedOnceSaysTheSameToWhoeverAsks) {
  const auto graph =
      std::make_shared<const Graph>(graph_of(random_rows({.addresses = 300, .rows = 6000}), 2));
  const FeatureSet& set = set_named(GetParam());
  Cuts cuts;
  compute(set, {.graph = *graph, .cuts = &cuts}, {});
  auto prepared = std::make_unique<PreparedSets>(graph, 2);
  std::vector<Filler> fillers;
  for (int list = 0; list < 2; ++list) fillers.push_back(prepared->of(set));
  EXPECT_EQ(prepared->cuts().service_transfers, cuts.service_transfers);
  EXPECT_EQ(prepared->cuts().searches, cuts.searches);
  prepared.reset();
  for (const std::vector<Address>& some : {all_addresses(*graph), std::vector<Address>{9, 4, 4}}) {
    FeatureBlocks blocks({fillers.back()}, std::span(&set, 1), some);
    fillers.pop_back();
    expect_same(blocks.block(0).front(), compute(set, {.graph = *graph}, some));
  }
}

TEST_P(EverySet, HasNothingToSayOfNothing) {
  const Graph none = graph_of({});
  EXPECT_EQ(compute(set_named(GetParam()), {.graph = none}, {}).size(),
            set_named(GetParam()).definitions.size());
}

TEST_P(EverySet, ComputesTheAddressesThatAreAsked) {
  const Graph graph = graph_of(random_rows({.addresses = 50, .rows = 500}));
  const std::vector<Address> some = {7, 3, 3, 0};
  const Columns all = compute(set_named(GetParam()), {.graph = graph}, all_addresses(graph));
  const Columns few = compute(set_named(GetParam()), {.graph = graph}, some);
  for (std::size_t i = 0; i < all.size(); ++i) {
    for (std::size_t row = 0; row < some.size(); ++row) {
      if (is_integer(all[i].definition->unit)) {
        EXPECT_EQ(few[i].integers[row], all[i].integers[some[row]]);
      }
    }
  }
}

// What a cluster does: each day by itself, with so much before and after it as patterns may need.
TEST_P(EverySet, InSlicesOfADayGivesTheSame) {
  const FeatureSet& set = set_named(GetParam());
  std::vector<Row> rows = random_rows(
      {.seed = 9, .addresses = 150, .rows = 6000, .seconds = 30 * kDay, .time_step = 5 * 60});
  Settings settings;
  settings.most_transfers = 8;
  settings.service_seconds = 12 * 3600;
  const Graph whole = graph_of(rows);
  Columns sum = compute(set, {.graph = whole, .settings = settings}, all_addresses(whole));
  const Columns wanted = sum;
  for (Column& one : sum) std::fill(one.integers.begin(), one.integers.end(), kMissing);
  const std::int64_t halo = halo_seconds(settings);
  for (int day = -1; day < 31; ++day) {
    const std::int64_t begin = kStart + day * kDay;
    std::vector<Row> slice;
    for (const Row& row : rows) {
      const std::int64_t second = row.time / 1000;
      if (second >= begin - halo && second < begin + kDay + halo) slice.push_back(row);
    }
    const Graph graph = graph_of(slice);
    const Question question{
        .graph = graph,
        .owned = {static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(begin + kDay)},
        .settings = settings};
    const Columns found = compute(set, question, all_addresses(graph));
    // To the numbers of the whole.
    Columns part = empty_columns(set, whole.addresses());
    for (std::size_t i = 0; i < part.size(); ++i) {
      for (Address address = 0; address < graph.addresses() && !part[i].integers.empty();
           ++address) {
        part[i].integers[*whole.find(graph.text(address))] = found[i].integers[address];
      }
    }
    merge(sum, part);
  }
  set.derive(sum);
  std::size_t compared = 0;
  for (std::size_t i = 0; i < sum.size(); ++i) {
    if (sum[i].definition->merge == Merge::global) continue;
    EXPECT_EQ(sum[i].integers, wanted[i].integers) << sum[i].definition->name;
    for (std::size_t row = 0; row < sum[i].numbers.size(); ++row) {
      EXPECT_EQ(std::bit_cast<std::uint64_t>(sum[i].numbers[row]),
                std::bit_cast<std::uint64_t>(wanted[i].numbers[row]))
          << sum[i].definition->name;
    }
    ++compared;
  }
  EXPECT_GT(compared, 8);
}

TEST_P(EverySet, OfAWindowIsAsIfThereWereNothingElse) {
  const std::vector<Row> rows = random_rows({.seed = 8, .addresses = 60, .rows = 3000});
  for (const Period window : {Period{static_cast<std::uint32_t>(kStart + kDay),
                                     static_cast<std::uint32_t>(kStart + 3 * kDay)},
                              Period{static_cast<std::uint32_t>(kStart + 2 * kDay),
                                     static_cast<std::uint32_t>(kStart + 7 * kDay)}}) {
    std::vector<Row> inside;
    for (const Row& row : rows) {
      if (window.contains(second_of(row.time))) inside.push_back(row);
    }
    const Graph alone = graph_of(inside);
    const Graph part = graph_of(rows).within(window);
    std::vector<Address> same;
    for (const Address address : all_addresses(alone))
      same.push_back(*part.find(alone.text(address)));
    expect_same(compute(set_named(GetParam()), {.graph = part}, same),
                compute(set_named(GetParam()), {.graph = alone}, all_addresses(alone)));
  }
}

TEST_P(EverySet, SaysWhatItsFeaturesMean) {
  std::set<std::string_view> names;
  for (const Definition& one : set_named(GetParam()).definitions) {
    EXPECT_TRUE(names.insert(one.name).second) << one.name;
    EXPECT_GT(one.meaning.size(), 10) << one.name;
    EXPECT_FALSE(one.range.empty()) << one.name;
    if (!is_integer(one.unit)) {
      EXPECT_TRUE(one.merge == Merge::derived || one.merge == Merge::global) << one.name;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(, EverySet,
                         ::testing::Values("totals", "fan", "rest", "amounts", "patterns"),
                         all_set_names);

}  // namespace
}  // namespace aml::flows
