#include "service/notify.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <chrono>
#include <cstddef>
#include <cstring>
#include <optional>
#include <string>

#include "base/descriptor.h"
#include "base/environment.h"

namespace aml::service {

void notify_manager(std::string_view state) {
  const std::optional<std::string> name = environment("NOTIFY_SOCKET");
  sockaddr_un address{};
  if (!name || name->size() >= sizeof address.sun_path) return;
  if ((*name)[0] != '/' && (*name)[0] != '@') return;
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, name->data(), name->size());
  if (address.sun_path[0] == '@') address.sun_path[0] = '\0';  // an abstract one
  const Descriptor socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!socket.is_open()) return;
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name->size());
  // A manager that does not listen must not hold up the service.
  ::sendto(socket.get(), state.data(), state.size(), MSG_DONTWAIT | MSG_NOSIGNAL,
           reinterpret_cast<const sockaddr*>(&address), length);
}

void notify_watchdog() {
  using Clock = std::chrono::steady_clock;
  static std::optional<Clock::time_point> told;
  const Clock::time_point now = Clock::now();
  if (told && now - *told < std::chrono::seconds(1)) return;
  told = now;
  notify_manager("WATCHDOG=1");
}

}  // namespace aml::service
