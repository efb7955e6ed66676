#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "results/metadata.h"
#include "scoring/scoring.h"

namespace CLI {
class App;
}

// What `process` does with a day that is foreign to its alert scorer.
namespace aml::commands {

inline constexpr const char* kOnForeignStock = "stock";
inline constexpr const char* kOnForeignFallback = "fallback";

void declare_on_foreign(CLI::App& app, std::string& on_foreign);

// The fallback scorer of the folder where --on-foreign asks for it, so that one which is not there
// is missed before the day's work. Throws what scoring::load_task_model() throws.
std::optional<scoring::LoadedModel> load_fallback(const std::string& on_foreign,
                                                  const std::filesystem::path& models_dir,
                                                  const std::string& version);

// Says in the log what a batch says of its day.
void tell_fit(const results::FitRecord& fit);

// Whether the fallback's scores take the place of the alert scorer's.
bool is_scored_by_fallback(const results::FitRecord& fit,
                           const std::optional<scoring::LoadedModel>& fallback);

}  // namespace aml::commands
