#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace aml::known {

// The name of a network that is told by its name or its currency ("BTC", "Bitcoin", "xbt" are
// "bitcoin"), in small letters; nothing for one that is in no table here.
std::optional<std::string> known_network(std::string_view text);

// Likewise; one that is in no table by its own name in small letters.
std::string network_name(std::string_view text);

}  // namespace aml::known
