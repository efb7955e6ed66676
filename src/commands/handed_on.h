#pragma once

#include <string>
#include <vector>

#include "service/configuration.h"
#include "service/service.h"

// The settings of `run` that are options of other commands.
namespace aml::commands {

// Throws Error{usage} with the table and what its command says, where that command would refuse an
// option; with Check::files also where a file that `serve` or `mine` reads at its start cannot be
// used, as whoever reads it throws. Does nothing besides.
void check_handed_on(const service::Configuration& configuration,
                     service::ServiceOptions::Check check);

// What `mine` checks of options that are each all right. Throws Error{usage}.
void check_miner_words(const std::vector<std::string>& words);

}  // namespace aml::commands
