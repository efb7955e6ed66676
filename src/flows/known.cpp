#include "flows/known.h"

#include <memory>
#include <vector>

#include "flows/row_writer.h"
#include "flows/services.h"

namespace aml::flows {

namespace {

using Bits = std::vector<std::uint16_t>;  // by address, of categories

constexpr std::size_t kAddressesAtOnce = 1024;

std::span<const Edge> side(const Graph& graph, Address address, bool paid) {
  return paid ? graph.outgoing(address) : graph.incoming(address);
}

// The categories of each group of columns.
constexpr std::uint16_t categories_of(std::size_t group) {
  if (group < kKnownCategories) return bit(static_cast<KnownCategory>(group));
  return group == kKnownCategories ? kBadCategories : kGoodCategories;
}

struct Reach {
  // By direction and number of transfers: the categories that are so far away.
  std::vector<Bits> at[2];
};

// Whether money that passes through an address leads on.
std::vector<char> leads_on(const Question& question) {
  const Facts& facts = *question.facts;
  std::vector<char> leads(question.graph.addresses(), 1);
  for (std::size_t i = 0; i < leads.size(); ++i) {
    const bool is_terminal = !facts.kinds.empty() && (facts.kinds[i] & kTerminalKinds) != 0;
    if (is_terminal || (facts.known[i] & kGoodCategories) != 0) leads[i] = 0;
  }
  for (const Address service : services(question.graph, question.settings)) leads[service] = 0;
  return leads;
}

Bits next_hop(const Question& question, const Bits& before, const std::vector<char>* leads,
              bool paid) {
  Bits after(before.size(), 0);
  parallel_blocks(before.size(), kAddressesAtOnce, question.threads,
                  [&](std::size_t begin, std::size_t end) {
                    throw_if_stop_requested();
                    for (std::size_t i = begin; i < end; ++i) {
                      std::uint16_t found = 0;
                      for (const Edge& edge : side(question.graph, static_cast<Address>(i), paid)) {
                        if (leads != nullptr && (*leads)[edge.other] == 0) continue;
                        if (question.owns(edge)) found |= before[edge.other];
                      }
                      after[i] = found;
                    }
                  });
  return after;
}

void write_side(const Question& question, const Reach& reach, Address address, bool paid,
                std::size_t row, Columns& columns) {
  Wide whole = 0;
  Wide parts[kKnownGroups] = {};
  const std::vector<std::uint16_t>& known = question.facts->known;
  for (const Edge& edge : side(question.graph, address, paid)) {
    if (edge.amount == kUnpriced || !question.owns(edge)) continue;
    whole += edge.amount;
    if (known[edge.other] == 0) continue;
    for (std::size_t group = 0; group < kKnownGroups; ++group) {
      if ((known[edge.other] & categories_of(group)) != 0) parts[group] += edge.amount;
    }
  }
  for (std::size_t group = 0; group < kKnownGroups; ++group) {
    const std::size_t first = (paid * kKnownGroups + group) * kKnownFields;
    if (whole > 0) {
      columns[first + kKnownShare].numbers[row] =
          static_cast<double>(parts[group] * kWhole / whole) / static_cast<double>(kWhole);
    }
    for (int hop = 0; hop <= kKnownHops; ++hop) {
      if ((reach.at[paid][hop][address] & categories_of(group)) == 0) continue;
      columns[first + kKnownDistance].integers[row] = hop;
      break;
    }
  }
}

}  // namespace

Filler prepare_known(const Question& question) {
  if (question.facts == nullptr || question.facts->known.empty()) {
    return [](std::span<const Address>, Columns&) {};
  }
  const auto reach = std::make_shared<Reach>();
  const std::vector<char> leads = leads_on(question);
  for (const bool paid : {false, true}) {
    reach->at[paid].push_back(question.facts->known);
    for (int hop = 1; hop <= kKnownHops; ++hop) {
      reach->at[paid].push_back(
          next_hop(question, reach->at[paid].back(), hop == 1 ? nullptr : &leads, paid));
    }
  }
  return [question, reach](std::span<const Address> addresses, Columns& columns) {
    for_each_address(question, addresses, [&] {
      return [&](std::size_t row, Address address) {
        for (const bool paid : {false, true}) {
          write_side(question, *reach, address, paid, row, columns);
        }
      };
    });
  };
}

}  // namespace aml::flows
