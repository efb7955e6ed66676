#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "scoring/first_stage.h"
#include "scoring/scoring.h"

namespace aml::commands {

// The models of a batch.
struct TaskModels {
  scoring::LoadedModel alert_scorer;
  scoring::LoadedModel alert_ranker;
  scoring::LoadedModel cluster_scorer;
  std::unique_ptr<scoring::FirstStage> first_stage{};  // where a model sees one
  std::optional<scoring::LoadedModel> fallback{};      // where --on-foreign asks for it
};

// Those of `models_dir`, or those of the snapshot's network in it where there are any, by the
// META.json in `input_dir`. `without`: groups of features that are left out; `version`: "" for the
// one in use (models::versions_to_use); `on_foreign`: see foreign_day.h.
TaskModels load_task_models(const std::filesystem::path& models_dir,
                            const std::filesystem::path& input_dir,
                            const std::vector<std::string>& without, const std::string& version,
                            const std::string& on_foreign);

// Their cards, as a batch keeps them (scoring::cards_as_json).
std::string cards_of(const TaskModels& models);

}  // namespace aml::commands
