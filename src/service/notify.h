#pragma once

#include <string_view>

// What systemd wants to hear of a service (sd_notify(3)): datagrams to the socket that
// NOTIFY_SOCKET names. Without one, and where it cannot be reached, nothing is said.
namespace aml::service {

// "READY=1", "STOPPING=1", …
void notify_manager(std::string_view state);

// That the service is alive; said once a second at most. A manager that does not hear it for
// WatchdogSec= ends the service and starts it again.
void notify_watchdog();

}  // namespace aml::service
