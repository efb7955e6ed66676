#include "api/explorer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <regex>
#include <set>
#include <string_view>

#include "api/networks.h"
#include "base/error.h"
#include "base/json_text.h"
#include "base/parse_number.h"

namespace aml::api {

namespace {

constexpr std::string_view kAddress = "{address}";

// Scheme and host, with a port; no user, whose name could pass for a host.
bool begins_with_host(const std::string& url) {
  static const std::regex kHost(R"(https?://([A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(:([0-9]{1,5}))?/)");
  std::smatch found;
  if (!std::regex_search(url, found, kHost, std::regex_constants::match_continuous)) return false;
  return !found[3].matched || parse_number<std::uint16_t>(found[3].str()).has_value();
}

// Whether all of it may stand in an address as it is (RFC 3986).
bool is_address_text(std::string_view text) {
  constexpr std::string_view kSigns = "-._~:/?#[]@!$&'()*+,;=%";
  return std::ranges::all_of(text, [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           kSigns.find(c) != std::string_view::npos;
  });
}

std::string without_placeholders(std::string text) {
  for (std::size_t at = text.find(kAddress); at != std::string::npos; at = text.find(kAddress)) {
    text.erase(at, kAddress.size());
  }
  return text;
}

}  // namespace

std::string refuse_explorer(const std::string& text) {
  if (text.size() > kLongestExplorer) {
    return fmt::format("has {} bytes: {} are the most", text.size(), kLongestExplorer);
  }
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos) {
    return fmt::format("must be NETWORK=https://…{{address}}, not \"{}\"", text);
  }
  if (std::string why = refuse_network_name(text.substr(0, equals)); !why.empty()) {
    return "the network before = " + why;
  }
  const std::string url = text.substr(equals + 1);
  if (!begins_with_host(url)) {
    return fmt::format(
        "must have an address that begins https://HOST/ or http://HOST/ behind \"{}=\", not \"{}\"",
        text.substr(0, equals), url);
  }
  if (url.find(kAddress) == std::string::npos) {
    return fmt::format("must say by {{address}} where an address goes in \"{}\"", url);
  }
  if (!is_address_text(without_placeholders(url))) {
    return fmt::format(
        "may hold besides {{address}} only what stands in an address, percent-encoded where it "
        "must be: \"{}\" holds more",
        url);
  }
  return {};
}

Explorer parse_explorer(const std::string& text) {
  const std::size_t equals = text.find('=');
  return {.network = text.substr(0, equals), .url = text.substr(equals + 1)};
}

void check_explorers(const std::vector<Explorer>& explorers,
                     const std::vector<std::string>& networks) {
  if (explorers.size() > kMostExplorers) {
    throw Error(ErrorKind::usage, fmt::format("--explorer may be given {} times", kMostExplorers));
  }
  std::set<std::string> known;
  for (const Explorer& explorer : explorers) {
    if (!known.insert(explorer.network).second) {
      throw Error(ErrorKind::usage,
                  fmt::format("--explorer is given more than once for {}", explorer.network));
    }
    if (!networks.empty() && std::ranges::find(networks, explorer.network) == networks.end()) {
      throw Error(ErrorKind::usage, fmt::format("--explorer names {}, which is none of --networks",
                                                explorer.network));
    }
  }
}

std::string explorers_json(const std::vector<Explorer>& explorers) {
  if (explorers.empty()) return {};
  std::string json = "{";
  for (const Explorer& explorer : explorers) {
    if (json.size() > 1) json += ',';
    append_json_text(json, explorer.network);
    json += ":{\"address\":";
    append_json_text(json, explorer.url);
    json += '}';
  }
  return json + "}";
}

}  // namespace aml::api
