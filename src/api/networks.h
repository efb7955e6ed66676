#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "http/handler.h"

namespace aml::api {

// Networks that one server has.
inline constexpr std::size_t kMostNetworks = 16;

// Why a word cannot name a network of a server; empty where it can: 1 to 32 small letters, digits,
// "-" and "_", and not how a path of this interface begins.
std::string refuse_network_name(const std::string& name);

// Several networks behind one server: which one answers stands before the path
// (/bitcoin/scores/alerts/latest) or in its query (?network=bitcoin); where neither says, the first
// one answers. /readyz and /health without a network speak of all. Each network is a service of its
// own.
class Networks : public http::Handler {
 public:
  // REQUIRES: services has 1 to kMostNetworks names that differ and may be names
  explicit Networks(std::vector<std::pair<std::string, std::unique_ptr<http::Handler>>> services);

  std::optional<http::Response> answer_now(http::Request& request) override;
  http::Response answer(http::Request& request) override;
  bool takes_bodies() const override { return false; }

 private:
  struct Chosen;
  Chosen choose(const http::Request& request) const;
  http::Handler* find(std::string_view name) const;
  http::Response refuse_unknown(std::string_view name) const;
  http::Response worst_answer(const http::Request& request) const;

  std::vector<std::pair<std::string, std::unique_ptr<http::Handler>>> services_;
};

}  // namespace aml::api
