#pragma once

#include <cstddef>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace aml::http {

// Whom an address counts for: an IPv4 address for itself, of an IPv6 address its network of 64
// bits, of which one client has all. Another text counts for itself.
std::string client_of(std::string_view address);

// The connections that there may be at a time, and who has them. Where all places are taken, a
// client that has fewer than another gets one of that one's. May be called from any thread.
class Places {
 public:
  // `workers` hold the connections. Those of `exempt` addresses, such as a proxy that speaks for
  // many clients, are not taken from them.
  Places(std::size_t most, std::size_t workers, std::set<std::string> exempt = {});

  struct Decision {
    bool is_admitted = false;
    // Whose the connection is: the worker's that asked, or that of one that has fewer.
    std::size_t worker = 0;
    // The worker that is to end a connection of `victim`, for the one that is admitted.
    std::optional<std::size_t> victims_worker{};
    std::string victim{};
  };
  // A place for a connection that `worker` accepted. REQUIRES: where it is admitted, leave() is
  // called at its end.
  Decision enter(const std::string& client, std::size_t worker);
  void leave(const std::string& client, std::size_t worker);
  std::size_t taken() const;

  // At most so many more than there are places, while those that must go are on their way out.
  static constexpr std::size_t kMostLeaving = 64;

 private:
  struct Client {
    std::size_t count = 0;
    std::vector<std::size_t> by_worker;
  };
  bool find_victim(const std::string& client, Decision& decision) const;
  void recount(const std::string& client, std::size_t before, std::size_t after);

  const std::size_t most_;
  const std::set<std::string> exempt_;
  mutable std::mutex mutex_;
  std::map<std::string, Client> clients_;
  std::set<std::pair<std::size_t, std::string>> by_count_;  // without those that are exempt
  std::vector<std::size_t> by_worker_;
  std::size_t taken_ = 0;
};

}  // namespace aml::http
