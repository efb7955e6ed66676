#pragma once

#include <cstddef>

// The part of bench/economy about who learns from what is published, and who stands together.
void play_schemes(std::size_t seed, std::size_t days, std::size_t alerts, std::size_t truth_after,
                  std::size_t recipe_truths);
