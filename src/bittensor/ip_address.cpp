#include "bittensor/ip_address.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>

namespace aml::bittensor {

namespace {

// Addresses that begin with these bits. The first block that fits tells.
struct Block4 {
  std::uint32_t first;
  int bits;
  AddressKind kind;
};
constexpr std::uint32_t ip4(std::uint32_t a, std::uint32_t b, std::uint32_t c) {
  return a << 24U | b << 16U | c << 8U;
}
constexpr AddressKind kPrivate{Reach::network, "a private address"};
constexpr AddressKind kDocuments{Reach::network, "an address for documents"};
constexpr AddressKind kLoopback{Reach::machine, "a loopback address"};
constexpr AddressKind kLinkLocal{Reach::nobody, "a link-local address"};
constexpr AddressKind kMulticast{Reach::nobody, "a multicast address"};
constexpr AddressKind kReserved{Reach::nobody, "a reserved address"};
constexpr AddressKind kUnspecified{Reach::nobody, "no address of anybody"};
constexpr AddressKind kTranslated{Reach::nobody, "an IPv4 address within IPv6"};
constexpr AddressKind kGlobal{Reach::everybody, "a public address"};

constexpr std::array kBlocks4{
    Block4{ip4(0, 0, 0), 8, kUnspecified},
    Block4{ip4(10, 0, 0), 8, kPrivate},
    Block4{ip4(100, 64, 0), 10, AddressKind{Reach::network, "an address of a carrier's NAT"}},
    Block4{ip4(127, 0, 0), 8, kLoopback},
    Block4{ip4(169, 254, 0), 16, kLinkLocal},
    Block4{ip4(172, 16, 0), 12, kPrivate},
    Block4{ip4(192, 0, 0), 24, kReserved},
    Block4{ip4(192, 0, 2), 24, kDocuments},
    Block4{ip4(192, 88, 99), 24, kReserved},
    Block4{ip4(192, 168, 0), 16, kPrivate},
    Block4{ip4(198, 18, 0), 15, AddressKind{Reach::network, "an address for benchmarks"}},
    Block4{ip4(198, 51, 100), 24, kDocuments},
    Block4{ip4(203, 0, 113), 24, kDocuments},
    Block4{ip4(224, 0, 0), 4, kMulticast},
    Block4{ip4(240, 0, 0), 4, kReserved},
};

AddressKind kind_of_ip4(std::uint32_t address) {
  const auto* const found = std::find_if(
      kBlocks4.begin(), kBlocks4.end(),
      [&](const Block4& block) { return (address ^ block.first) >> (32 - block.bits) == 0; });
  return found == kBlocks4.end() ? kGlobal : found->kind;
}

struct Block6 {
  std::array<std::uint8_t, 12> first;  // the rest is 0
  int bits;
  AddressKind kind;
};
constexpr std::array kBlocks6{
    Block6{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, 96, kTranslated},
    Block6{{0, 0x64, 0xff, 0x9b}, 32, kTranslated},  // NAT64
    Block6{{0x20, 0x01, 0x0d, 0xb8}, 32, kDocuments},
    Block6{{0x20, 0x01, 0, 0}, 23, kReserved},  // Teredo, ORCHID and others
    Block6{{0x20, 0x02}, 16, kTranslated},      // 6to4
    Block6{{0x3f, 0xff}, 20, kDocuments},
    Block6{{0x20}, 3, kGlobal},
    Block6{{0xfc}, 7, kPrivate},
    Block6{{0xfe, 0x80}, 10, kLinkLocal},
    Block6{{0xff}, 8, kMulticast},
};

bool begins_with(const std::array<std::uint8_t, 16>& address, const Block6& block) {
  for (int bit = 0; bit < block.bits; ++bit) {
    const auto byte = static_cast<std::size_t>(bit / 8);
    if (((address[byte] ^ block.first[byte]) >> (7 - bit % 8) & 1) != 0) return false;
  }
  return true;
}

AddressKind kind_of_ip6(const std::array<std::uint8_t, 16>& address) {
  const bool has_high =
      std::any_of(address.begin(), address.end() - 1, [](int b) { return b != 0; });
  if (!has_high && address[15] <= 1) return address[15] == 1 ? kLoopback : kUnspecified;
  const auto* const found =
      std::find_if(kBlocks6.begin(), kBlocks6.end(),
                   [&](const Block6& block) { return begins_with(address, block); });
  return found == kBlocks6.end() ? kReserved : found->kind;
}

}  // namespace

std::string canonical_address(std::string_view text) {
  const std::string terminated(text);
  std::array<std::uint8_t, 16> ip6{};
  std::array<char, INET6_ADDRSTRLEN> written{};
  if (::inet_pton(AF_INET6, terminated.c_str(), ip6.data()) != 1 ||
      ::inet_ntop(AF_INET6, ip6.data(), written.data(), written.size()) == nullptr) {
    return terminated;
  }
  return written.data();
}

std::optional<AddressKind> address_kind(std::string_view text) {
  const std::string terminated(text);
  if (terminated.find('\0') != std::string::npos) return std::nullopt;
  in_addr ip4{};
  if (::inet_pton(AF_INET, terminated.c_str(), &ip4) == 1) return kind_of_ip4(ntohl(ip4.s_addr));
  std::array<std::uint8_t, 16> ip6{};
  if (::inet_pton(AF_INET6, terminated.c_str(), ip6.data()) == 1) return kind_of_ip6(ip6);
  return std::nullopt;
}

}  // namespace aml::bittensor
