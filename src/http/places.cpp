#include "http/places.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace aml::http {

std::string client_of(std::string_view address) {
  if (address.find(':') == std::string_view::npos) return std::string(address);
  const std::string text(address.substr(0, address.find('%')));  // without the interface
  std::array<unsigned char, 16> bytes{};
  if (::inet_pton(AF_INET6, text.c_str(), bytes.data()) != 1) return std::string(address);
  constexpr std::array<unsigned char, 12> kMapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
  if (std::equal(kMapped.begin(), kMapped.end(), bytes.begin())) {
    return fmt::format("{}.{}.{}.{}", bytes[12], bytes[13], bytes[14], bytes[15]);
  }
  constexpr std::size_t kNetworkBytes = 8;
  std::fill(bytes.begin() + kNetworkBytes, bytes.end(), 0);
  std::array<char, INET6_ADDRSTRLEN> network{};
  ::inet_ntop(AF_INET6, bytes.data(), network.data(), network.size());
  return fmt::format("{}/64", network.data());
}

Places::Places(std::size_t most, std::size_t workers, std::set<std::string> exempt)
    : most_(most), exempt_(std::move(exempt)), by_worker_(workers) {}

// Whether another client has more than this one then has. REQUIRES: mutex_ is held.
bool Places::find_victim(const std::string& client, Decision& decision) const {
  if (by_count_.empty() || taken_ >= most_ + kMostLeaving) return false;
  const auto& [count, victim] = *by_count_.rbegin();
  const auto own = clients_.find(client);
  if (count < 2 + (own == clients_.end() ? 0 : own->second.count)) return false;
  const auto& by_worker = clients_.at(victim).by_worker;
  decision.victims_worker = static_cast<std::size_t>(
      std::max_element(by_worker.begin(), by_worker.end()) - by_worker.begin());
  decision.victim = victim;
  return true;
}

// REQUIRES: mutex_ is held.
void Places::recount(const std::string& client, std::size_t before, std::size_t after) {
  if (exempt_.contains(client)) return;
  if (before > 0) by_count_.erase({before, client});
  if (after > 0) by_count_.insert({after, client});
}

Places::Decision Places::enter(const std::string& client, std::size_t worker) {
  const std::lock_guard lock(mutex_);
  Decision decision;
  if (taken_ >= most_ && !find_victim(client, decision)) return decision;
  decision.is_admitted = true;
  const auto fewest = std::min_element(by_worker_.begin(), by_worker_.end());
  decision.worker = by_worker_[worker] == *fewest
                        ? worker
                        : static_cast<std::size_t>(fewest - by_worker_.begin());
  Client& known = clients_[client];
  known.by_worker.resize(by_worker_.size());
  ++known.by_worker[decision.worker];
  ++by_worker_[decision.worker];
  ++taken_;
  ++known.count;
  recount(client, known.count - 1, known.count);
  return decision;
}

void Places::leave(const std::string& client, std::size_t worker) {
  const std::lock_guard lock(mutex_);
  const auto known = clients_.find(client);
  --known->second.by_worker[worker];
  --by_worker_[worker];
  --taken_;
  --known->second.count;
  recount(client, known->second.count + 1, known->second.count);
  if (known->second.count == 0) clients_.erase(known);
}

std::size_t Places::taken() const {
  const std::lock_guard lock(mutex_);
  return taken_;
}

}  // namespace aml::http
