#pragma once

#include "bittensor/miner_client.h"

namespace aml::bittensor {

// Asks a miner's v10 bridge, or an axon of SDK 10 with the same synapse, and verifies the envelope
// in the synapse. As ask(), but the body is held in memory before the sink gets it, and
// request_payload is the message that v10 signs. find_flaw() does not apply to its evidence.
Reply ask_v10(const Keypair& sender, const Question& question, const AskLimits& limits,
              const BodySink& sink);

}  // namespace aml::bittensor
