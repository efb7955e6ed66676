#include "models/champion.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <vector>

#include "base/error.h"
#include "base/file_system.h"
#include "base/files.h"
#include "models/model_file.h"

namespace aml::models {

namespace fs = std::filesystem;

namespace {

constexpr std::array<const char*, 5> kAll{kAlertScorer, kAlertRanker, kClusterScorer,
                                          kAddressScorer, kFallbackScorer};
constexpr std::array<const char*, 3> kNeeded{kAlertScorer, kAlertRanker, kClusterScorer};

// The version that is used where `champion`, which may be "", is what the folder's file names.
std::map<std::string, std::string> versions_beside(const fs::path& models_dir,
                                                   const std::string& champion) {
  std::map<std::string, std::string> versions;
  for (const char* task : kAll) {
    if (!champion.empty() && task != kFallbackScorer) {
      versions[task] = champion;
      continue;
    }
    try {
      versions[task] = find_model(models_dir, task).version;
    } catch (const Error& e) {
      if (e.kind() != ErrorKind::not_found) throw;
    }
  }
  return versions;
}

void name_champion(const fs::path& models_dir, const std::string& version) {
  write_file_atomically(models_dir / kChampionFile, version + "\n");
}

}  // namespace

std::string champion_version(const fs::path& models_dir) {
  const fs::path file = models_dir / kChampionFile;
  if (!path_exists(file)) return "";
  std::string text = read_file(file, kMostChampionBytes);
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
  if (is_version(text)) return text;
  throw Error(
      ErrorKind::bad_input,
      fmt::format("{} names no version such as 1.0.0: write one into it, or remove it to use "
                  "the highest version",
                  file.string()));
}

std::map<std::string, std::string> versions_to_use(const fs::path& models_dir,
                                                   const std::string& version) {
  std::map<std::string, std::string> versions;
  if (!version.empty()) {
    for (const char* task : kAll) versions[task] = version;
    return versions;
  }
  std::string champion;
  do {
    champion = champion_version(models_dir);
    versions = versions_beside(models_dir, champion);
    // A promotion names the version in use before its files come: where that has not changed, none
    // of them was seen.
  } while (champion_version(models_dir) != champion);
  return versions;
}

std::string version_in_use(const fs::path& models_dir) {
  std::string version;
  auto versions = versions_to_use(models_dir);
  for (const char* task : kNeeded) {
    const ModelFile model = find_model(models_dir, task, versions[task]);
    if (!version.empty() && model.version != version) {
      throw Error(
          ErrorKind::bad_input,
          fmt::format("the models in {} are of several versions, {} {} and {} {}: write the "
                      "version that is to be used into its file {}",
                      models_dir.string(), kNeeded.front(), version, task, model.version,
                      kChampionFile));
    }
    version = model.version;
  }
  return version;
}

void put_into_use(const fs::path& from, const fs::path& models_dir, const std::string& version) {
  std::vector<fs::path> files;
  for (const char* task : kAll) {
    const fs::path model = from / model_file_name(task, version);
    const bool is_needed = std::ranges::find(kNeeded, task) != kNeeded.end();
    if (is_needed) find_model(from, task, version);
    if (!is_needed && !path_exists(model)) continue;
    files.push_back(model);
    const fs::path card = from / card_file_name(task, version);
    if (path_exists(card)) files.push_back(card);
  }
  // The version in use is named first, so that files of a higher one change nothing yet.
  if (champion_version(models_dir).empty()) {
    name_champion(models_dir, version_in_use(models_dir));
  }
  if (absolute_path(from) != absolute_path(models_dir)) {
    for (const fs::path& file : files) {
      copy_file_atomically(file, models_dir / file.filename());
    }
  }
  name_champion(models_dir, version);
}

}  // namespace aml::models
