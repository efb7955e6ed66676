#include "commands/foreign_day.h"

#include <CLI/CLI.hpp>

#include "base/log.h"
#include "models/fit.h"
#include "models/model_file.h"

namespace aml::commands {

void declare_on_foreign(CLI::App& app, std::string& on_foreign) {
  app.add_option("--on-foreign", on_foreign,
                 "Who scores the alerts of a day that is foreign to the alert scorer: that model "
                 "all the same (stock), or the fallback scorer (fallback) (default: stock)")
      ->check(CLI::IsMember({kOnForeignStock, kOnForeignFallback}))
      ->option_text("stock|fallback")
      ->envname("AML_ON_FOREIGN");
}

std::optional<scoring::LoadedModel> load_fallback(const std::string& on_foreign,
                                                  const std::filesystem::path& models_dir,
                                                  const std::string& version) {
  if (on_foreign != kOnForeignFallback) return std::nullopt;
  return scoring::load_task_model(models_dir, models::kFallbackScorer, version);
}

void tell_fit(const results::FitRecord& fit) {
  if (fit.verdict == "familiar") return;
  if (fit.verdict == "unknown") {
    log::info("the alert scorer's card does not say what the days it learned from looked like");
    return;
  }
  std::string reasons;
  for (const std::string& reason : fit.reasons) reasons += (reasons.empty() ? "" : "; ") + reason;
  log::warning(fit.verdict == "foreign"
                   ? "this day is foreign to the alert scorer: what its scores mean is not known"
                   : "this day drifts from those that the alert scorer learned from",
               {{"fit", fit.verdict}, {"reasons", reasons}});
}

bool is_scored_by_fallback(const results::FitRecord& fit,
                           const std::optional<scoring::LoadedModel>& fallback) {
  return fallback && fit.verdict == models::verdict_name(models::Verdict::foreign);
}

}  // namespace aml::commands
