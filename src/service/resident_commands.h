#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "service/configuration.h"
#include "service/resident.h"

// The commands that `run` keeps running, as its configuration wants them.
namespace aml::service {

// The options of `serve` that the configuration says: where batches and inputs lie, and its own.
std::vector<std::string> server_words(const Configuration& configuration);

// `serve`. With a miner that commits, days are held back until their deadline: where the
// configuration names no file of tokens for that, one is made. Throws Error where it cannot be.
ResidentCommand server_command(const Configuration& configuration);

// Where the server writes its port.
std::filesystem::path port_file(const Configuration& configuration);
// What it wrote; nothing where there is nothing yet.
std::optional<std::uint16_t> port_in_file(const Configuration& configuration);

// Where this machine reaches the server that listens at `port`; 0: at the port of its options.
std::string server_url(const Configuration& configuration, std::uint16_t port);
// The port that the miner wrote, or that of its options; nothing where those name none.
std::optional<std::uint16_t> miner_port(const Configuration& configuration);
// Where this machine reaches it.
std::string miner_url(const Configuration& configuration);

// `mine`, which asks the server at that port, or the API that the configuration names; nothing
// where the port is needed and unknown. Throws Error{usage} where no token would let it see all
// days.
std::optional<ResidentCommand> miner_command(const Configuration& configuration,
                                             std::optional<std::uint16_t> server_port);

}  // namespace aml::service
