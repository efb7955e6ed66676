#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace aml {

// Which of `candidates` someone may have meant by `word`: the one with the fewest letters added,
// left out, replaced or swapped with their neighbor, where these are no more than two or a third of
// the word's and not all of them; or one that has all parts of the word, or whose parts the word
// all has, where - and _ part them. Case does not count. The first of equals; nothing where none is
// near.
std::optional<std::string> nearest(std::string_view word, std::span<const std::string> candidates);

// "; did you mean X?" for the nearest, as the end of a sentence, or nothing.
std::string did_you_mean(std::string_view word, std::span<const std::string> candidates);

}  // namespace aml
