#pragma once

#include <optional>
#include <string>
#include <string_view>

// Which addresses on the chain are anybody's, and which lead into somebody's own network: whoever
// registers such a one has a validator knock at doors that are not the registrant's.
namespace aml::bittensor {

// Who can reach an address.
enum class Reach {
  everybody,  // global unicast
  network,    // those in a private network, or in documents
  machine,    // loopback: the machine itself
  nobody,     // unspecified, link-local, multicast, reserved, or an IPv4 address in IPv6's clothes
};

struct AddressKind {
  Reach reach = Reach::nobody;
  const char* what = "";  // "a private address"
};

// What an IPv4 or IPv6 address is, after IANA's registries of special-purpose addresses. Nothing
// where the text is none in its usual form: a name, a port behind it, other bases than ten (IPv4).
std::optional<AddressKind> address_kind(std::string_view text);

// The address as the chain writes it; the text itself where it is none.
std::string canonical_address(std::string_view text);

}  // namespace aml::bittensor
