#pragma once

#include <filesystem>
#include <string>

namespace aml::models {

inline constexpr const char* kAlertScorer = "alert_scorer";
inline constexpr const char* kAlertRanker = "alert_ranker";
inline constexpr const char* kClusterScorer = "cluster_scorer";
inline constexpr const char* kAddressScorer = "address_scorer";  // the first stage, if there is one
// Scores alerts by what holds anywhere (portable.h), of days that are foreign to the alert scorer.
inline constexpr const char* kFallbackScorer = "fallback_scorer";

// A model's file, {task}_v{version}.txt.
struct ModelFile {
  std::filesystem::path path;
  std::string version;  // "1.0.0"
};

// "alert_scorer_v1.0.0.txt"
std::string model_file_name(const std::string& task, const std::string& version);
// "alert_scorer_v1.0.0.json", the model's card beside it
std::string card_file_name(const std::string& task, const std::string& version);

// True for digits in one to four groups parted by points: "1.0.0".
bool is_version(const std::string& text);

// The file of a task's model in `models_dir`: of `version`, or where that is empty of the version
// that the folder's champion names (champion.h), or else of the highest, so that a newer model is
// put into use by adding it. A fallback scorer is of the highest version, too, where there is none
// of the champion's. Throws Error{not_found} naming the folder and the file that is wanted.
ModelFile find_model(const std::filesystem::path& models_dir, const std::string& task,
                     const std::string& version = "");

// The folder of a network's own models, `models_dir`/NETWORK, where that holds an alert scorer;
// else `models_dir`. A name that is no plain word (letters, digits, - and _) has none.
std::filesystem::path models_of_network(const std::filesystem::path& models_dir,
                                        const std::string& network);

// The folder `chosen`, or where it is empty the first that exists of trained_models in the current
// folder, beside the program, and up to two folders above it. Throws Error{not_found} where there
// is none.
std::filesystem::path find_models_dir(const std::filesystem::path& chosen);

}  // namespace aml::models
