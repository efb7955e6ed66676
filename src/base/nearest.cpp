#include "base/nearest.h"

#include <algorithm>
#include <array>
#include <set>
#include <vector>

#include "base/lower_case.h"

namespace aml {

namespace {

// What strangers write is compared up to here only.
constexpr std::size_t kMostLetters = 100;

std::string lower_case(std::string_view text) {
  return in_lower_case(std::string(text.substr(0, kMostLetters)));
}

// Optimal string alignment: Levenshtein's distance, where two neighbors swapped count once.
std::size_t distance(std::string_view a, std::string_view b) {
  using Row = std::vector<std::size_t>;
  Row before_last(b.size() + 1);
  Row last(b.size() + 1);
  Row row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    before_last.swap(last);
    last.swap(row);
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, replaced});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        row[j] = std::min(row[j], before_last[j - 2] + 1);
      }
    }
  }
  return row[b.size()];
}

std::set<std::string> parts_of(const std::string& word) {
  std::set<std::string> parts;
  for (std::size_t begin = 0; begin < word.size();) {
    const std::size_t end = std::min(word.find_first_of("-_", begin), word.size());
    if (end > begin) parts.insert(word.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

// How many parts one has that the other lacks, where the other has no further ones.
std::optional<std::size_t> parts_between(const std::string& a, const std::string& b) {
  const std::set<std::string> few = parts_of(a);
  const std::set<std::string> many = parts_of(b);
  if (few.empty() || many.empty()) return std::nullopt;
  if (few.size() > many.size()) return parts_between(b, a);
  if (!std::ranges::includes(many, few)) return std::nullopt;
  return many.size() - few.size();
}

}  // namespace

std::optional<std::string> nearest(std::string_view word, std::span<const std::string> candidates) {
  const std::string wanted = lower_case(word);
  std::size_t least = std::min(std::max<std::size_t>(2, wanted.size() / 3) + 1, wanted.size());
  std::optional<std::string> found;
  for (const std::string& candidate : candidates) {
    const std::string offered = lower_case(candidate);
    std::size_t changes = distance(wanted, offered);
    if (const auto parts = parts_between(wanted, offered)) {
      changes = std::min(changes, 1 + *parts);
    }
    if (changes >= least) continue;
    least = changes;
    found = candidate;
  }
  return found;
}

std::string did_you_mean(std::string_view word, std::span<const std::string> candidates) {
  const std::optional<std::string> found = nearest(word, candidates);
  return found ? "; did you mean " + *found + "?" : "";
}

}  // namespace aml
