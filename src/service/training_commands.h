#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "service/configuration.h"

// What a training runs, as words of a command line.
namespace aml::service {

// What the features are made with, for `train` and `promote`: it must be the same for all who make
// them. Paths are absolute, since a person who promotes may stand in another folder.
std::vector<std::string> feature_words(const Configuration& configuration);

// `promote` of a challenger in `folder`, on those of the days `judged` whose input and truth are
// here; it may be run in any folder. Throws Error as labelled_days().
std::vector<std::string> promote_words(const Configuration& configuration,
                                       const std::string& challenger,
                                       const std::filesystem::path& folder,
                                       std::span<const std::string> judged);

}  // namespace aml::service
