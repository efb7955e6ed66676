#pragma once

#include <set>
#include <string>

#include "http/message.h"

namespace aml::http {

// Whom a request counts for, as client_of() names him: `own`, which is the address at the other
// end; but where that is one of `trusted_proxies`, the last address of X-Forwarded-For that is none
// of them, since all before it may have been written by the client.
std::string asking_client(const Request& request, const std::string& own,
                          const std::set<std::string>& trusted_proxies);

}  // namespace aml::http
