#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "service/configuration.h"

// The options of the commands that make a batch of a day.
namespace aml::service {

// What `check` and `keep` end with where they find fault with a day.
inline constexpr int kWanting = 11;

std::vector<std::string> process_words(const Configuration& configuration,
                                       const std::filesystem::path& input,
                                       const std::filesystem::path& output);

// Models that a training put into our folder nobody else has, so that `check` takes the program's
// own for those that anyone has.
std::vector<std::string> check_words(const Configuration& configuration,
                                     const std::filesystem::path& input,
                                     const std::filesystem::path& output);

}  // namespace aml::service
