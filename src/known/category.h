#pragma once

#include <optional>
#include <string_view>

#include "flows/known.h"

namespace aml::known {

// What the words of a label say an address is known for: its category ("mixing_service",
// "Exchange", "phishing"), and where that has no meaning here its risk level ("low", "medium",
// "high", "critical"). A risk that is high makes a good category bad. Nothing: known, but neither
// as good nor as bad. A word counts where it begins one of the category's, and not behind "not",
// "non" and the like ("not_sanctioned", "unhosted" say nothing). docs/features.md has the words.
std::optional<flows::KnownCategory> category_of(std::string_view category,
                                                std::string_view risk_level);

}  // namespace aml::known
