// Shares and distances of known addresses against the plainest way to compute them.
#include "flows/known.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "columns.h"
#include "example.h"
#include "flows/services.h"

namespace aml::flows {
namespace {

// Some addresses of each category, mixers and exchanges among the kinds.
Facts random_facts(const Graph& graph, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  Facts facts;
  facts.known.assign(graph.addresses(), 0);
  facts.kinds.assign(graph.addresses(), 0);
  for (std::size_t i = 0; i < graph.addresses(); ++i) {
    if (random() % 30 == 0) facts.known[i] |= 1u << (random() % kKnownCategories);
    if (random() % 90 == 0) facts.known[i] |= 1u << (random() % kKnownCategories);
    if (random() % 50 == 0) facts.kinds[i] = bit(random() % 2 == 0 ? kMixer : kNew);
  }
  return facts;
}

std::uint16_t categories_of(std::size_t group) {
  if (group < kKnownCategories) return static_cast<std::uint16_t>(1u << group);
  return group == kKnownCategories ? kBadCategories : kGoodCategories;
}

// Every way of at most `left` transfers, one after the other.
std::int64_t distance(const Question& question, const std::vector<char>& leads, Address address,
                      bool paid, std::uint16_t categories, int left, bool is_first = true) {
  if ((question.facts->known[address] & categories) != 0) return 0;
  std::int64_t best = kMissing;
  if (left == 0 || (!is_first && leads[address] == 0)) return best;
  for (const Edge& edge :
       paid ? question.graph.outgoing(address) : question.graph.incoming(address)) {
    const std::int64_t rest =
        distance(question, leads, edge.other, paid, categories, left - 1, false);
    if (rest != kMissing && (best == kMissing || rest + 1 < best)) best = rest + 1;
  }
  return best;
}

std::vector<char> leads_on(const Question& question) {
  std::vector<char> leads(question.graph.addresses(), 1);
  for (std::size_t i = 0; i < leads.size(); ++i) {
    leads[i] = (question.facts->kinds[i] & kTerminalKinds) == 0 &&
               (question.facts->known[i] & kGoodCategories) == 0;
  }
  for (const Address service : services(question.graph, question.settings)) leads[service] = 0;
  return leads;
}

double share(const Question& question, Address address, bool paid, std::uint16_t categories) {
  std::int64_t part = 0;
  std::int64_t whole = 0;
  for (const Edge& edge :
       paid ? question.graph.outgoing(address) : question.graph.incoming(address)) {
    if (edge.amount == kUnpriced) continue;
    whole += edge.amount;
    if ((question.facts->known[edge.other] & categories) != 0) part += edge.amount;
  }
  return whole == 0 ? std::nan("") : static_cast<double>(part) / static_cast<double>(whole);
}

Columns known_of(const Question& question) {
  const FactSets sets(*question.facts);
  for (const FeatureSet& set : sets.sets()) {
    if (set.name != "known") continue;
    Columns columns = empty_columns(set, question.graph.addresses());
    set.prepare(question)(all_addresses(question.graph), columns);
    for (Column& column : columns) column.definition = nullptr;  // it goes with the sets
    return columns;
  }
  throw std::logic_error("no set of known addresses");
}

void expect_as_defined(const RandomRows& rows, const Settings& settings) {
  const Graph graph = graph_of(random_rows(rows));
  const Facts facts = random_facts(graph, rows.seed);
  const Question question{.graph = graph, .threads = 2, .settings = settings, .facts = &facts};
  const Columns columns = known_of(question);
  ASSERT_EQ(columns.size(), 2 * kKnownGroups * kKnownFields);
  const std::vector<char> leads = leads_on(question);
  for (const bool paid : {false, true}) {
    for (std::size_t group = 0; group < kKnownGroups; ++group) {
      const std::uint16_t categories = categories_of(group);
      const std::size_t first = (paid * kKnownGroups + group) * kKnownFields;
      for (Address address = 0; address < graph.addresses(); ++address) {
        const double wanted = share(question, address, paid, categories);
        const double found = columns[first + kKnownShare].numbers[address];
        if (std::isnan(wanted)) {
          EXPECT_TRUE(std::isnan(found));
        } else {
          EXPECT_NEAR(found, wanted, 1e-9);
        }
        EXPECT_EQ(columns[first + kKnownDistance].integers[address],
                  distance(question, leads, address, paid, categories, kKnownHops))
            << paid << ' ' << group << ' ' << address;
      }
    }
  }
}

TEST(KnownFeatures, AreWhatTheirDefinitionsSay) {
  expect_as_defined({.seed = 1, .addresses = 3, .rows = 3}, {});
  expect_as_defined({.seed = 2, .addresses = 60, .rows = 200}, {});
  expect_as_defined({.seed = 3, .addresses = 400, .rows = 900, .are_skewed = false}, {});
  Settings few;
  few.most_transfers = 4;
  expect_as_defined({.seed = 4, .addresses = 200, .rows = 500}, few);
}

TEST(KnownFeatures, AnySoManyThreadsGiveTheSame) {
  const Graph graph = graph_of(random_rows({.addresses = 4000, .rows = 20000}));
  const Facts facts = random_facts(graph, 1);
  const Columns once = known_of({.graph = graph, .threads = 1, .facts = &facts});
  const Columns again = known_of({.graph = graph, .threads = 5, .facts = &facts});
  for (std::size_t i = 0; i < once.size(); ++i) {
    EXPECT_EQ(once[i].integers, again[i].integers);
    for (std::size_t row = 0; row < once[i].numbers.size(); ++row) {
      EXPECT_TRUE(once[i].numbers[row] == again[i].numbers[row] ||
                  (std::isnan(once[i].numbers[row]) && std::isnan(again[i].numbers[row])));
    }
  }
}

TEST(KnownFeatures, OfNobodyAreMissing) {
  const Graph graph = graph_of(random_rows({.addresses = 50, .rows = 500}));
  const Facts facts;
  for (const Column& column : known_of({.graph = graph, .facts = &facts})) {
    for (const std::int64_t value : column.integers) EXPECT_EQ(value, kMissing);
    for (const double value : column.numbers) EXPECT_TRUE(std::isnan(value));
  }
}

}  // namespace
}  // namespace aml::flows
