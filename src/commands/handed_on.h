#pragma once

#include "service/configuration.h"
#include "service/service.h"

// The settings of `run` that are options of other commands.
namespace aml::commands {

// Throws Error{usage} with the table and what its command says, where that command would refuse an
// option; with Check::files also where a file that `serve` or `mine` reads at its start, or feature
// SQL, cannot be used, as whoever reads it throws. Does nothing besides.
void check_handed_on(const service::Configuration& configuration,
                     service::ServiceOptions::Check check);

}  // namespace aml::commands
