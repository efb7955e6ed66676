#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "commands/task_models.h"
#include "features/build.h"
#include "results/rows.h"
#include "scoring/scoring.h"

namespace CLI {
class App;
}

// A second alert scorer that scores a day beside the first, to be compared with it; nothing else of
// the batch depends on it.
namespace aml::commands {

void declare_shadow(CLI::App& app, std::string& version);

// Throws Error{usage} for what is no version; an empty one is none.
void check_shadow(const std::string& version);

// The alert scorer of that version beside the models' own; nothing where `version` is empty, or,
// with a warning, where it is the version in use. Throws as check_shadow(), and Error{usage}
// for a model that learned from another first stage than the day has.
std::optional<scoring::LoadedModel> load_shadow(const std::string& version,
                                                const TaskModels& models,
                                                const std::vector<std::string>& without);

// Lets go of a shadow that sees features which the day does not have, with a warning.
void drop_unmatched_shadow(const features::FeatureMatrix& alerts,
                           std::optional<scoring::LoadedModel>& shadow);

// Writes its scores into the staged batch (results::kAlertsShadowFile), and returns how they
// compare with those that are published, which are the model file's `scored_by`, as JSON for
// metadata.json.
std::string score_shadow(const features::FeatureMatrix& alerts, const scoring::LoadedModel& shadow,
                         std::span<const results::ScoredRow> published,
                         const std::string& scored_by, int threads,
                         const std::filesystem::path& batch);

}  // namespace aml::commands
