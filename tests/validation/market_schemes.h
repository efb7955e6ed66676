#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "market.h"

// Who takes from others what they know, and who stands together: strategies that see what was
// published, or play by an agreement.
namespace aml::validation::market {

// What a distiller learns: a function of the alert's features, what each address is, or both.
enum class Learned { both, features, addresses };

// What a distiller is taught by.
struct Lesson {
  // The answers of noisy_copy(of, 0); nothing: an ensemble of all factors by their skills.
  std::optional<std::size_t> of;
  std::size_t after = 1;     // days until it is published
  bool in_bands = false;     // only in which twentieth of the day's alerts a score lies
  std::size_t lessons = 10;  // newest days that the function of the features is learned from
  // No scores are published: what truths say beyond q is learned, which anyone may.
  bool of_truths = false;
  Learned learned = Learned::both;
};

// Whoever learns from published scores what their makers know: a function of the alert's features
// (Options::learnable) by least squares on all of degree two, and of what is left the mean of each
// address. Public models' part is taken off first. The market must outlive it.
Strategy distiller(const Market& market, const Lesson& lesson);
// What it says, turned round.
Strategy inverted_distiller(const Market& market, const Lesson& lesson);

// An honest answer (noisy_copy(factor, 0)) on days for which `is_present` holds, and nothing, or
// noise, on others.
Strategy present(std::size_t factor, bool (*is_present)(std::size_t day), bool noise_else);
// Noise that all who have this strategy share, and a tenth of their own.
Strategy shared_noise();
// One of a pair: an answer hidden behind noise, and that noise turned round. Nothing: the public
// part alone is hidden.
Strategy hidden(std::optional<std::size_t> factor);
Strategy key_of_hidden();
// Ordered for AUC alone: the first twentieth of `inner` is shuffled.
Strategy shuffled_top(const Strategy& inner);

}  // namespace aml::validation::market
