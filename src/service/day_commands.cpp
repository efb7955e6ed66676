#include "service/day_commands.h"

namespace aml::service {

namespace {

using Words = std::vector<std::string>;

Words words_of(const Configuration& configuration, const std::filesystem::path& input,
               const std::filesystem::path& output, bool names_models) {
  Words words{"--input-dir", input.string(), "--output-dir", output.string()};
  if (names_models && !configuration.models_dir.empty()) {
    words.insert(words.end(), {"--models-dir", configuration.models_dir});
  }
  return words;
}

}  // namespace

Words process_words(const Configuration& configuration, const std::filesystem::path& input,
                    const std::filesystem::path& output) {
  Words words = words_of(configuration, input, output, /*names_models=*/true);
  words.insert(words.end(), {"--retention-days", "0"});
  words.insert(words.end(), configuration.process.begin(), configuration.process.end());
  return words;
}

Words check_words(const Configuration& configuration, const std::filesystem::path& input,
                  const std::filesystem::path& output) {
  const bool is_retrained = configuration.training.every_days > 0;
  Words words = words_of(configuration, input, output, /*names_models=*/!is_retrained);
  words.insert(words.end(), configuration.check.begin(), configuration.check.end());
  return words;
}

}  // namespace aml::service
