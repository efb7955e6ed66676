#pragma once

#include <optional>

#include "base/date.h"
#include "base/error.h"

namespace aml::validator {

class Validator;

// One look at what there is to do: the rounds, or `only` that one, then the truths and the weights.
// A day that cannot be done, such as one whose snapshot is damaged, does not hold up the others;
// but while the SOT or the chain is away, they would fare no better. Returns the first error, if
// any. Throws Error{interrupted}.
std::optional<Error> look(Validator& validator, std::optional<Date> only = {});

}  // namespace aml::validator
