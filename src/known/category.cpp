#include "known/category.h"

#include <algorithm>
#include <array>
#include <string>

#include "base/lower_case.h"

namespace aml::known {

namespace {

struct Word {
  std::string_view beginning;
  flows::KnownCategory category;
  bool is_whole = false;  // but for the s of a plural: "defi" does not begin "definite"
};
// The first that begins a word of a category counts.
constexpr Word kWords[] = {
    {"sanction", flows::kSanctions},
    {"ofac", flows::kSanctions},
    {"sextortion", flows::kScam},
    {"ransom", flows::kRansomware},
    {"malware", flows::kRansomware},
    {"extortion", flows::kRansomware},
    {"mixer", flows::kKnownMixer},
    {"mixing", flows::kKnownMixer},
    {"tumbler", flows::kKnownMixer},
    {"coinjoin", flows::kKnownMixer},
    {"tornado", flows::kKnownMixer},
    {"dark", flows::kDarknet},
    {"terror", flows::kDarknet},
    {"csam", flows::kDarknet},
    {"child", flows::kDarknet},
    {"drug", flows::kDarknet},
    {"traffick", flows::kDarknet},
    {"illicit", flows::kDarknet},
    {"hack", flows::kTheft},
    {"theft", flows::kTheft},
    {"stolen", flows::kTheft},
    {"exploit", flows::kTheft},
    {"heist", flows::kTheft},
    {"scam", flows::kScam},
    {"fraud", flows::kScam},
    {"phish", flows::kScam},
    {"ponzi", flows::kScam},
    {"pyramid", flows::kScam},
    {"fake", flows::kScam},
    {"rug pull", flows::kScam},
    {"rugpull", flows::kScam},
    {"exchange", flows::kKnownExchange},
    {"vasp", flows::kKnownExchange},
    {"defi", flows::kKnownService, true},
    {"bridge", flows::kKnownService},
    {"payment", flows::kKnownService},
    {"merchant", flows::kKnownService},
    {"miner", flows::kKnownService, true},
    {"mining", flows::kKnownService, true},
    {"hosted", flows::kKnownService, true},
    {"custod", flows::kKnownService},
    {"organization", flows::kKnownService},
    {"donation", flows::kKnownService},
    {"service", flows::kKnownService},
    {"faucet", flows::kKnownService},
};

// Before a word, what makes it say the opposite: "not sanctioned", "non-custodial".
constexpr std::array<std::string_view, 8> kNegations{"not",   "non",     "no",   "un",
                                                     "never", "without", "anti", "counter"};
constexpr std::array<std::string_view, 3> kArticles{"a", "an", "the"};

bool is_capital(char c) { return c >= 'A' && c <= 'Z'; }
bool is_small(char c) { return c >= 'a' && c <= 'z'; }
// Of a word; what is beyond ASCII is one, too.
bool is_letter(char c) {
  return is_capital(c) || is_small(c) || (c >= '0' && c <= '9') || (c & 0x80) != 0;
}

// The words in small letters, each with a space before and behind it. A capital behind a small
// letter begins one, if wanted: "CryptoMixer".
std::string words_of(std::string_view text, bool at_capitals) {
  std::string words = " ";
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool begins = at_capitals && i > 0 && is_capital(text[i]) && is_small(text[i - 1]);
    if ((begins || !is_letter(text[i])) && words.back() != ' ') words += ' ';
    if (is_letter(text[i])) words += text[i];
  }
  if (words.back() != ' ') words += ' ';
  return in_lower_case(std::move(words));
}

template <typename Words>
bool is_one_of(const Words& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

// Whether the word before the space at `end`, articles aside, is a negation.
bool is_negated(std::string_view words, std::size_t end) {
  while (end > 0) {
    const std::size_t begin = words.rfind(' ', end - 1) + 1;
    const std::string_view before = words.substr(begin, end - begin);
    if (!is_one_of(kArticles, before)) return is_one_of(kNegations, before);
    end = begin - 1;
  }
  return false;
}

// `words` as words_of() gives them: of a million labels, so that nothing is put together here.
bool says(std::string_view words, const Word& word) {
  for (std::size_t at = words.find(word.beginning); at != std::string_view::npos;
       at = words.find(word.beginning, at + 1)) {
    if (words[at - 1] != ' ') continue;
    const std::string_view rest = words.substr(at + word.beginning.size());
    const bool is_end = rest.starts_with(' ') || rest.starts_with("s ");
    if ((is_end || !word.is_whole) && !is_negated(words, at - 1)) return true;
  }
  return false;
}

}  // namespace

std::optional<flows::KnownCategory> category_of(std::string_view category,
                                                std::string_view risk_level) {
  // "DeFi" is one word, and "CryptoMixer" are two.
  const std::string words = words_of(category, false);
  const std::string parts = words_of(category, true);
  const std::string risk = in_lower_case(std::string(risk_level));
  const bool is_high = risk == "high" || risk == "critical";
  for (const Word& word : kWords) {
    if (!says(words, word) && (parts == words || !says(parts, word))) continue;
    return is_high && !flows::is_bad(word.category) ? flows::kOtherBad : word.category;
  }
  if (is_high) return flows::kOtherBad;
  if (risk == "low") return flows::kOtherGood;
  return std::nullopt;
}

}  // namespace aml::known
