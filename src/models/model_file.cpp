#include "models/model_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <map>
#include <optional>
#include <sstream>
#include <vector>

#include "base/error.h"
#include "base/file_system.h"
#include "models/champion.h"

namespace aml::models {

namespace fs = std::filesystem;

namespace {

// "1.10.0" → {1, 10, 0}; nothing for what is no version.
std::optional<std::vector<long>> version_numbers(const std::string& text) {
  std::vector<long> numbers;
  std::istringstream parts(text + ".");
  for (std::string part; std::getline(parts, part, '.');) {
    const bool is_number =
        !part.empty() && part.size() <= 9 &&
        std::all_of(part.begin(), part.end(), [](char c) { return c >= '0' && c <= '9'; });
    if (!is_number) return std::nullopt;
    numbers.push_back(std::stol(part));
  }
  if (numbers.empty() || numbers.size() > 4) return std::nullopt;
  return numbers;
}

// ", and … is not supported" of a model of another library that lies there under the task's name.
std::string other_kind(const fs::path& models_dir, const std::string& prefix) {
  const std::map<std::string, const char*> kinds{{".cbm", "CatBoost"}, {".ubj", "XGBoost"},
                                                 {".xgb", "XGBoost"},  {".bst", "XGBoost"},
                                                 {".onnx", "ONNX"},    {".pkl", "Python's pickle"}};
  for (const fs::path& path : list_folder_if_possible(models_dir)) {
    const auto kind = kinds.find(path.extension().string());
    if (!path.filename().string().starts_with(prefix) || kind == kinds.end()) continue;
    return fmt::format(", and {} is a model of {}, which is not supported",
                       path.filename().string(), kind->second);
  }
  return "";
}

// The task's model of the version `wanted`, or where that is empty of the highest.
std::optional<ModelFile> model_in(const fs::path& models_dir, const std::string& task,
                                  const std::string& wanted) {
  const std::string prefix = task + "_v";
  const std::string suffix = ".txt";
  std::optional<std::vector<long>> highest;
  std::optional<ModelFile> found;
  for (const fs::path& path : list_folder_if_possible(models_dir)) {
    const std::string name = path.filename().string();
    if (name.size() <= prefix.size() + suffix.size() || !name.starts_with(prefix) ||
        !name.ends_with(suffix)) {
      continue;
    }
    const std::string named =
        name.substr(prefix.size(), name.size() - prefix.size() - suffix.size());
    auto numbers = version_numbers(named);
    if (!wanted.empty() && named != wanted) continue;
    if (numbers && (!highest || *numbers > *highest)) {
      highest = std::move(numbers);
      found = {path, named};
    }
  }
  return found;
}

}  // namespace

std::string model_file_name(const std::string& task, const std::string& version) {
  return fmt::format("{}_v{}.txt", task, version);
}

std::string card_file_name(const std::string& task, const std::string& version) {
  return fmt::format("{}_v{}.json", task, version);
}

bool is_version(const std::string& text) { return version_numbers(text).has_value(); }

ModelFile find_model(const fs::path& models_dir, const std::string& task,
                     const std::string& version) {
  const std::string wanted = version.empty() ? champion_version(models_dir) : version;
  std::optional<ModelFile> found = model_in(models_dir, task, wanted);
  // A champion need not have one, and no day may wait for it.
  if (!found && version.empty() && task == kFallbackScorer) found = model_in(models_dir, task, "");
  if (found) return *found;
  throw Error(
      ErrorKind::not_found,
      fmt::format("{} holds no {}{}; name the folder of the models with --models-dir",
                  models_dir.string(), model_file_name(task, wanted.empty() ? "1.0.0" : wanted),
                  other_kind(models_dir, task + "_v")));
}

fs::path models_of_network(const fs::path& models_dir, const std::string& network) {
  const bool is_word =
      !network.empty() && std::all_of(network.begin(), network.end(), [](unsigned char letter) {
        return std::isalnum(letter) != 0 || letter == '-' || letter == '_';
      });
  if (!is_word) return models_dir;
  const std::string prefix = std::string(kAlertScorer) + "_v";
  for (const fs::path& path : list_folder_if_possible(models_dir / network)) {
    if (path.filename().string().starts_with(prefix) && path.extension() == ".txt") {
      return models_dir / network;
    }
  }
  return models_dir;
}

fs::path find_models_dir(const fs::path& chosen) {
  if (!chosen.empty()) {
    if (is_folder(chosen)) return chosen;
    throw Error(ErrorKind::not_found, "--models-dir " + chosen.string() + " is no directory");
  }
  fs::path name = "trained_models";
  if (is_reachable_folder(name)) return name;
  fs::path directory = program_folder();
  constexpr int kLevelsUp = 3;  // the program may lie in build/release of the source tree
  for (int level = 0; level < kLevelsUp; ++level, directory = directory.parent_path()) {
    if (is_reachable_folder(directory / name)) return directory / name;
  }
  throw Error(
      ErrorKind::not_found,
      "there is no folder trained_models here, beside the program or above it; name it with "
      "--models-dir");
}

}  // namespace aml::models
