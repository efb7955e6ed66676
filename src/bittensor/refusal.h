#pragma once

#include <optional>
#include <string>

#include "bittensor/miner_client.h"

// Why a miner gave nothing, in words.
namespace aml::bittensor {

// What a refusal says of itself: its {"detail": …}, or its beginning. For whoever asked, and never
// to be published.
std::string refusal_detail(const std::string& body);

// What a status means, in our words: a miner's own would be published, and whatever is at the
// address it registered may answer.
std::string refusal_reason(int status);

// Why a miner is not asked; nothing where it is.
std::optional<std::string> flaw_of_place(const MinerAddress& miner);

}  // namespace aml::bittensor
