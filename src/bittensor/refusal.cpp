#include "bittensor/refusal.h"

#include <fmt/format.h>

#include "base/detail.h"
#include "bittensor/ip_address.h"

namespace aml::bittensor {

std::string refusal_detail(const std::string& body) {
  std::string detail = detail_of(body).value_or(body).substr(0, 200);
  for (char& c : detail) {
    if (static_cast<unsigned char>(c) < ' ') c = ' ';
  }
  return detail;
}

std::string refusal_reason(int status) {
  const char* meaning = "it does not answer the question";
  if (status >= 300 && status < 400) meaning = "it points elsewhere, and nobody follows";
  if (status == 400) meaning = "it does not understand the question";
  if (status == 401) meaning = "it does not believe the signature, or its time";
  if (status == 403) meaning = "it does not admit this hotkey";
  if (status == 404) meaning = "it has no scores of that day";
  if (status == 409) meaning = "its scores were made from another snapshot";
  if (status == 429) meaning = "it was asked too often";
  if (status >= 500) meaning = "it cannot answer at the moment";
  return fmt::format("status {}: {}", status, meaning);
}

std::optional<std::string> flaw_of_place(const MinerAddress& miner) {
  if (miner.places == Places::any) return std::nullopt;
  const auto kind = address_kind(miner.host);
  if (!kind) return "what it registered is no IP address";
  if (miner.port == 0) return "it registered no port";
  const bool is_asked = miner.places == Places::global ? kind->reach == Reach::everybody
                                                       : kind->reach != Reach::nobody;
  if (is_asked) return std::nullopt;
  return fmt::format("it registered {}, {}, which is not asked", miner.host, kind->what);
}

}  // namespace aml::bittensor
