#pragma once

#include <filesystem>
#include <string>

#include "bittensor/chain.h"
#include "commands/chain_options.h"
#include "validator/commitment_desk.h"
#include "validator/ledger.h"
#include "validator/outside.h"
#include "validator/received_chain.h"
#include "validator/received_commitments.h"

namespace aml::commands {

// What stands in for a chain that keeps no commitments (validate --receive-commitments).
struct Receiving {
  // `inner` is the chain without them; it and `clock` must outlive this.
  Receiving(const std::filesystem::path& folder, const ChainSettings& settings,
            const std::string& hotkey, bittensor::ChainClient& inner, validator::Clock& clock);

  validator::ReceivedCommitments received;
  validator::ReceivedChain chain;
  validator::CommitmentDesk desk;
};

// Throws Error{usage} where the ledger's deadlines are of another clock: what was noted by one
// means nothing by another.
void require_same_clock(validator::Ledger& ledger, bool receives_commitments);

}  // namespace aml::commands
