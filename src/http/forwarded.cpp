#include "http/forwarded.h"

#include <arpa/inet.h>

#include <array>
#include <string_view>

#include "http/places.h"

namespace aml::http {

namespace {

bool is_address(const std::string& text) {
  std::array<unsigned char, 16> bytes{};
  return ::inet_pton(AF_INET, text.c_str(), bytes.data()) == 1 ||
         ::inet_pton(AF_INET6, text.c_str(), bytes.data()) == 1;
}

}  // namespace

std::string asking_client(const Request& request, const std::string& own,
                          const std::set<std::string>& trusted_proxies) {
  if (trusted_proxies.empty() || !trusted_proxies.contains(request.remote)) return own;
  const std::string all = request.fields.joined("X-Forwarded-For");
  std::string_view rest = all;
  while (!rest.empty()) {
    const std::size_t comma = rest.rfind(',');
    std::string_view last = comma == std::string_view::npos ? rest : rest.substr(comma + 1);
    rest = comma == std::string_view::npos ? std::string_view() : rest.substr(0, comma);
    const std::size_t begin = last.find_first_not_of(" \t");
    if (begin == std::string_view::npos) continue;
    last = last.substr(begin, last.find_last_not_of(" \t") + 1 - begin);
    const std::string address(last);
    if (trusted_proxies.contains(address)) continue;
    return is_address(address) ? client_of(address) : own;
  }
  return own;
}

}  // namespace aml::http
