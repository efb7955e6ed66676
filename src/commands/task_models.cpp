#include "commands/task_models.h"

#include <map>

#include "base/log.h"
#include "commands/foreign_day.h"
#include "models/champion.h"
#include "models/model_file.h"
#include "sot/snapshot.h"

namespace aml::commands {

TaskModels load_task_models(const std::filesystem::path& models_dir,
                            const std::filesystem::path& input_dir,
                            const std::vector<std::string>& without, const std::string& version,
                            const std::string& on_foreign) {
  const auto kind = sot::kind_in(input_dir);
  const std::filesystem::path directory =
      models::models_of_network(models_dir, kind ? kind->network : "");
  if (directory != models_dir) {
    log::info("models of this network", {{"models_dir", directory.string()}});
  }
  auto versions = models::versions_to_use(directory, version);
  const auto load = [&](const char* task) {
    return scoring::load_task_model(directory, task, versions[task]);
  };
  TaskModels models{load(models::kAlertScorer), load(models::kAlertRanker),
                    load(models::kClusterScorer)};
  const forest::Model* const of_alerts[] = {models.alert_scorer.model.get(),
                                            models.alert_ranker.model.get()};
  models.first_stage =
      scoring::FirstStage::load(directory, of_alerts, without, versions[models::kAddressScorer]);
  models.fallback = load_fallback(on_foreign, directory, versions[models::kFallbackScorer]);
  return models;
}

std::string cards_of(const TaskModels& models) {
  std::map<std::string, const scoring::LoadedModel*> all{
      {models::kAlertScorer, &models.alert_scorer},
      {models::kAlertRanker, &models.alert_ranker},
      {models::kClusterScorer, &models.cluster_scorer}};
  if (models.fallback) all[models::kFallbackScorer] = &*models.fallback;
  if (models.first_stage) all[models::kAddressScorer] = &models.first_stage->model();
  return scoring::cards_as_json(all);
}

}  // namespace aml::commands
