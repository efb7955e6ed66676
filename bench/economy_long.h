#pragma once

#include <cstddef>

#include "market.h"

// The part of bench/economy about what weights say of skill. Skill is the share that the rules
// would pay over `true_days` days, were q and what is one's own of an answer known exactly, and b
// from 200 further days. Weights are those of so many markets, each of `options.days` days, which
// know nothing of that.
void play_long(const aml::validation::market::Options& options, std::size_t true_days,
               std::size_t markets);
