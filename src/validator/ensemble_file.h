#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "validation/ensemble.h"

namespace aml::validator {

// Of the files; those without a format_version are the same.
inline constexpr int kEnsembleFormat = 1;

// {data}/ensembles/{date}.json: what the miners together say of a day, as the API shows it.
std::filesystem::path ensemble_path(const std::filesystem::path& data_dir, const std::string& date);

struct EnsembleMember {
  std::string hotkey;
  double weight = 0;
};
// The file's text: date, network, who took part with which weight, and a row per alert that
// somebody scored, in the order of ids.
std::string ensemble_text(const std::string& date, const std::string& network,
                          std::span<const EnsembleMember> members, std::span<const std::string> ids,
                          std::span<const validation::EnsembleScore> scores);

}  // namespace aml::validator
