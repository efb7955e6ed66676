#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "bittensor/chain.h"

namespace aml::bittensor {

// Of a file that holds one; the largest subnets have less than 1 MiB.
inline constexpr std::uint64_t kMostMetagraphBytes = 64 << 20;

// A metagraph as JSON: the object that the adapter's `metagraph` answers with, and the fixture.
// docs/protocol.md has its members. A neuron that cannot be read is passed over with a warning,
// unless most of them are so. Throws Error{bad_input} that names `where` and the member.
Metagraph parse_metagraph(std::string_view json, const std::string& where);

// The same, written.
std::string metagraph_json(const Metagraph& graph);

// {"block": n, "hash": "0x…", "time_ms": n}. Throws Error{bad_input} where the text is no such
// object.
BlockStamp parse_block_stamp(std::string_view text);
// The same, written.
std::string block_stamp_json(const BlockStamp& stamp);

// {hotkey: [{"bytes": hex, "block": n}]}. Throws Error{bad_input} where the text is no such object;
// an entry that is none costs itself.
CommitmentLogs parse_commitment_logs(std::string_view text);

}  // namespace aml::bittensor
