#pragma once

#include <atomic>
#include <chrono>
#include <stop_token>

#include "commands/refusal_teller.h"
#include "validator/validator.h"

namespace aml::commands {

// Looks for what a validator has to do again and again until a stop is requested. What a look
// throws is a line in the log.
void keep_looking(validator::Validator& validator, RefusalTeller& refusals,
                  std::chrono::seconds pause, const std::stop_token& stop);

// Waits for the round under way to stop. One that does not is left where it is: the ledger holds
// what was done, as if the process were killed.
void wait_for_end(const std::atomic<bool>& is_looking, std::chrono::milliseconds patience);

}  // namespace aml::commands
