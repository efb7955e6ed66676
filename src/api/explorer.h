#pragma once

#include <cstddef>
#include <string>
#include <vector>

// Block explorers of other people, to which the page links where an analyst may want to look. The
// server itself asks none, and the page only leads there once somebody clicks.
namespace aml::api {

// Bytes of an explorer's text, of the network's name too.
inline constexpr std::size_t kLongestExplorer = 2048;
// Explorers of one server.
inline constexpr std::size_t kMostExplorers = 16;

// Where an address of a network is shown.
struct Explorer {
  std::string network;
  std::string url;  // with "{address}" where the address goes, percent-encoded
};

// Why a text is no explorer such as "bitcoin=https://explorer.example/address/{address}"; empty
// where it is one. {address} stands behind the host, so that no address names another host.
std::string refuse_explorer(const std::string& text);

// REQUIRES: refuse_explorer(text) is empty
Explorer parse_explorer(const std::string& text);

// Throws Error{usage} for more than kMostExplorers, for two of one network, and for one of a
// network that is none of `networks`, where these are named.
void check_explorers(const std::vector<Explorer>& explorers,
                     const std::vector<std::string>& networks);

// {"bitcoin":{"address":"https://…"}}, for the page; empty where there are none.
std::string explorers_json(const std::vector<Explorer>& explorers);

}  // namespace aml::api
