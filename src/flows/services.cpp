#include "flows/services.h"

namespace aml::flows {

namespace {

// Of edges in order of time, says leave_out(i) for those with too many before or after them.
template <typename LeaveOut>
void find_busy(std::span<const Edge> edges, const Settings& settings, LeaveOut leave_out) {
  const std::size_t most = settings.most_transfers;
  if (edges.size() <= most) return;
  for (std::size_t i = 0; i < edges.size(); ++i) {
    const bool after = i + most < edges.size() &&
                       edges[i + most].second - edges[i].second <= settings.service_seconds;
    const bool before =
        i >= most && edges[i].second - edges[i - most].second <= settings.service_seconds;
    if (after || before) leave_out(i);
  }
}

}  // namespace

Graph without_services(const Graph& graph, const Settings& chosen) {
  const Settings settings = settings_for(graph, chosen);
  std::vector<bool> kept(graph.edges(), true);
  for (Address address = 0; address < graph.addresses(); ++address) {
    const EdgeId first = graph.first_outgoing(address);
    find_busy(graph.outgoing(address), settings,
              [&](std::size_t i) { kept[first + static_cast<EdgeId>(i)] = false; });
    const auto ids = graph.incoming_ids(address);
    find_busy(graph.incoming(address), settings, [&](std::size_t i) { kept[ids[i]] = false; });
  }
  return graph.with_edges(kept);
}

std::vector<Address> services(const Graph& graph, const Settings& chosen) {
  const Settings settings = settings_for(graph, chosen);
  std::vector<Address> found;
  for (Address address = 0; address < graph.addresses(); ++address) {
    bool is_service = false;
    const auto note = [&](std::size_t) { is_service = true; };
    find_busy(graph.outgoing(address), settings, note);
    find_busy(graph.incoming(address), settings, note);
    if (is_service) found.push_back(address);
  }
  return found;
}

Settings settings_for(const Graph& graph, Settings settings) {
  if (graph.has_transfers()) return settings;
  constexpr std::uint32_t kForever = std::numeric_limits<std::uint32_t>::max();
  settings.service_seconds = kForever;
  settings.scatter_seconds = kForever;
  settings.cycle_seconds = kForever;
  return settings;
}

}  // namespace aml::flows
