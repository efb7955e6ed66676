#include "simulation/ledger.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace aml::simulation {

namespace {

Lists<std::uint32_t> index_by(const std::vector<Flow>& flows, AddressId address_count,
                              AddressId Flow::* side) {
  Lists<std::uint32_t> lists;
  lists.begins.assign(address_count + 1, 0);
  for (const Flow& flow : flows) ++lists.begins[flow.*side + 1];
  for (std::size_t i = 1; i <= address_count; ++i) lists.begins[i] += lists.begins[i - 1];
  lists.values.resize(flows.size());
  std::vector<std::size_t> next(lists.begins.begin(), lists.begins.end() - 1);
  for (std::size_t i = 0; i < flows.size(); ++i) {
    lists.values[next[flows[i].*side]++] = static_cast<std::uint32_t>(i);
  }
  return lists;
}

}  // namespace

Ledger::Ledger(std::vector<Flow> flows, AddressId address_count) : flows_(std::move(flows)) {
  const auto key = [](const Flow& flow) {
    return std::tie(flow.time_ms, flow.source, flow.dest, flow.amount, flow.asset);
  };
  std::sort(flows_.begin(), flows_.end(),
            [&key](const Flow& a, const Flow& b) { return key(a) < key(b); });
  in_ = index_by(flows_, address_count, &Flow::dest);
  out_ = index_by(flows_, address_count, &Flow::source);
}

}  // namespace aml::simulation
