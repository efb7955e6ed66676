#include "service/option_words.h"

#include <algorithm>

#include "base/environment.h"

namespace aml::service {

std::optional<std::string> option(const std::vector<std::string>& words, const std::string& name,
                                  std::string variable) {
  const auto found = std::ranges::find(words, "--" + name);
  if (found != words.end() && found + 1 != words.end()) return *(found + 1);
  if (variable.empty()) {
    variable = "AML_";
    for (const char c : name) variable += c == '-' ? '_' : static_cast<char>(c - 'a' + 'A');
  }
  return environment(variable);
}

std::vector<std::string> options(const std::vector<std::string>& words, const std::string& name) {
  std::vector<std::string> values;
  for (std::size_t i = 0; i + 1 < words.size(); ++i) {
    if (words[i] == "--" + name) values.push_back(words[i + 1]);
  }
  return values;
}

bool has_flag(const std::vector<std::string>& words, const std::string& name) {
  return std::ranges::find(words, "--" + name) != words.end();
}

}  // namespace aml::service
