#pragma once

#include <filesystem>
#include <map>
#include <string>

// Which version of a folder's models is in use, and how another one takes its place.
namespace aml::models {

// The file of a models folder that names it, one line such as "1.0.0". Where there is none the
// highest version is used (find_model).
inline constexpr const char* kChampionFile = "champion";
inline constexpr std::uint64_t kMostChampionBytes = 64;

// What the folder's file names, or "" where it has none. Throws Error{bad_input} where that is no
// version.
std::string champion_version(const std::filesystem::path& models_dir);

// The version of each task's model, by the task's name: `version` of all, or where that is empty
// the one that is in use (find_model), of all tasks at one moment: a promotion meanwhile is in all
// of them or in none. Tasks without a model in use may be missing. Throws what champion_version()
// throws.
std::map<std::string, std::string> versions_to_use(const std::filesystem::path& models_dir,
                                                   const std::string& version = "");

// The version that all three models of `models_dir` are used in. Throws Error{not_found} where one
// is missing, Error{bad_input} where they are of several versions.
std::string version_in_use(const std::filesystem::path& models_dir);

// Puts the models `version` of the folder `from`, with their cards, into use in `models_dir`, which
// may be the same folder. Whoever reads the folder meanwhile, also after a power failure at any
// moment, uses all of the old version or all of the new one. Throws Error{not_found} where `from`
// lacks one of the three models, before anything is changed.
void put_into_use(const std::filesystem::path& from, const std::filesystem::path& models_dir,
                  const std::string& version);

}  // namespace aml::models
