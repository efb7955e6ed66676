#include "service/training_commands.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/file_system.h"
#include "models/model_file.h"
#include "service/option_words.h"
#include "service/training_plan.h"

namespace aml::service {

std::vector<std::string> feature_words(const Configuration& configuration) {
  std::vector<std::string> words;
  const auto add = [&](const char* name, const std::string& value) {
    words.insert(words.end(), {fmt::format("--{}", name), value});
  };
  for (const char* name : {"features-dir", "history"}) {
    if (const auto path = option(configuration.process, name)) {
      add(name, absolute_path(*path).string());
    }
  }
  if (const auto most = option(configuration.process, "max-rows")) add("max-rows", *most);
  for (const std::string& group : options(configuration.process, "without")) add("without", group);
  for (const std::string& path : options(configuration.process, "labels")) {
    add("labels", absolute_path(path).string());
  }
  return words;
}

std::vector<std::string> promote_words(const Configuration& configuration,
                                       const std::string& challenger,
                                       const std::filesystem::path& folder,
                                       std::span<const std::string> judged) {
  std::vector<std::string> words{
      "promote",
      "--models-dir",
      absolute_path(models::find_models_dir(configuration.models_dir)).string(),
      "--challenger",
      challenger,
      "--challenger-dir",
      absolute_path(folder).string()};
  for (const LabelledDay& day : labelled_days(configuration.input_root)) {
    if (std::ranges::find(judged, day.date.text()) == judged.end()) continue;
    words.insert(words.end(), {"--input-dir", absolute_path(day.input).string(), "--ground-truth",
                               absolute_path(day.truth).string()});
  }
  for (const char* name : {"threads", "memory-limit"}) {
    if (const auto value = option(configuration.train, name)) {
      words.insert(words.end(), {fmt::format("--{}", name), *value});
    }
  }
  const auto features = feature_words(configuration);
  words.insert(words.end(), features.begin(), features.end());
  return words;
}

}  // namespace aml::service
