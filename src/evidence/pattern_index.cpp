#include "evidence/pattern_index.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "base/json_text.h"
#include "evidence/flow_text.h"

namespace aml::evidence {

PatternIndex::PatternIndex(const flows::Graph& graph, int threads) {
  const flows::PatternList list =
      flows::list_patterns({.graph = graph, .threads = threads}, kMostPatterns);
  for (const flows::Pattern& pattern : list.patterns) add(graph, pattern);
  arrange();
}

void PatternIndex::add(const flows::Graph& graph, const flows::Pattern& pattern) {
  std::vector<flows::Address> distinct;
  for (const auto& way : pattern.ways) {
    for (const flows::Address address : way) distinct.push_back(address);
  }
  // Once each, where they stand first.
  std::vector<flows::Address> seen(distinct);
  std::sort(seen.begin(), seen.end());
  seen.erase(std::unique(seen.begin(), seen.end()), seen.end());
  Shown shown{.type = pattern.type,
              .addresses = {},
              .address_count = std::ssize(seen),
              .transfers = pattern.transfers,
              .amount = pattern.amount,
              .first_second = pattern.first_second,
              .last_second = pattern.last_second};
  const auto number = static_cast<std::uint32_t>(patterns_.size());
  for (const flows::Address address : seen) {
    by_address_[std::string(graph.text(address))].push_back(number);
  }
  std::vector<flows::Address> named;
  for (const flows::Address address : distinct) {
    if (named.size() == kShownAddresses) break;
    if (std::find(named.begin(), named.end(), address) != named.end()) continue;
    named.push_back(address);
    shown.addresses.emplace_back(graph.text(address));
  }
  patterns_.push_back(std::move(shown));
}

void PatternIndex::arrange() {
  constexpr std::size_t kNode = 64;  // of a hash table, roughly
  for (auto& [address, numbers] : by_address_) {
    std::sort(numbers.begin(), numbers.end(), [&](std::uint32_t a, std::uint32_t b) {
      return patterns_[a].amount != patterns_[b].amount ? patterns_[a].amount > patterns_[b].amount
                                                        : a < b;
    });
    if (numbers.size() > kShownPatterns) numbers.resize(kShownPatterns);
    numbers.shrink_to_fit();
    bytes_ += kNode + sizeof(address) + sizeof(numbers) + address.capacity() +
              numbers.capacity() * sizeof(std::uint32_t);
  }
  for (const Shown& shown : patterns_) {
    bytes_ += sizeof(Shown);
    for (const std::string& address : shown.addresses) {
      bytes_ += sizeof(address) + address.capacity();
    }
  }
}

std::string PatternIndex::patterns_of(const std::string& address, KnownMentions& mentions) const {
  std::string json = "[";
  const auto found = by_address_.find(address);
  if (found == by_address_.end()) return json + "]";
  for (const std::uint32_t number : found->second) {
    const Shown& shown = patterns_[number];
    json += json.size() == 1 ? "{" : ",{";
    fmt::format_to(std::back_inserter(json),
                   R"("pattern_type":"{}","pattern_addresses":{},"transfers":{},"amount_usd":)",
                   flows::name_of(shown.type), shown.address_count, shown.transfers);
    append_usd(json, shown.amount);
    append_timestamp(json, "first_timestamp", shown.first_second);
    append_timestamp(json, "last_timestamp", shown.last_second);
    json += ",\"addresses\":[";
    for (std::size_t i = 0; i < shown.addresses.size(); ++i) {
      if (i > 0) json += ',';
      append_json_text(json, shown.addresses[i]);
      mentions.add(shown.addresses[i]);
    }
    json += "]}";
  }
  return json + "]";
}

}  // namespace aml::evidence
