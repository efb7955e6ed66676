#include "commands/shared_options.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdint>
#include <limits>

#include "base/error.h"

namespace aml::commands {

std::chrono::milliseconds in_ms(double seconds) {
  constexpr double kMillisecondsPerSecond = 1000;
  return std::chrono::milliseconds(static_cast<std::int64_t>(seconds * kMillisecondsPerSecond));
}

void declare_threads(CLI::App& app, int& threads, const std::string& what) {
  constexpr int kMost = 1024;
  app.add_option("--threads", threads, what + " (default: one per processor)")
      ->check(CLI::Range(0, kMost))
      ->option_text("N")
      ->envname("AML_THREADS");
}

void declare_memory_limit(CLI::App& app, std::string& limit, const std::string& what) {
  const std::string usual = limit.empty() ? "four fifths of the machine's" : limit;
  app.add_option("--memory-limit", limit, what + ", such as 4GB (default: " + usual + ")")
      ->option_text("SIZE")
      ->envname("AML_MEMORY_LIMIT");
}

void declare_max_rows(CLI::App& app, std::int64_t& max_rows) {
  app.add_option("--max-rows", max_rows,
                 fmt::format("Rows that each file read may have; more are refused before they are "
                             "read (default: {})",
                             max_rows))
      ->check(CLI::Range(std::int64_t{1}, std::numeric_limits<std::int64_t>::max()))
      ->option_text("N")
      ->envname("AML_MAX_ROWS");
}

void declare_input_dir(CLI::App& app, std::string& dir) {
  app.add_option("--input-dir", dir, "Folder of the day's snapshot")
      ->required()
      ->option_text("DIR")
      ->envname("AML_INPUT_DIR");
}

void LabelledDays::check() const {
  if (input_dirs.size() == ground_truths.size()) return;
  throw Error(ErrorKind::usage,
              fmt::format("{} --input-dir and {} --ground-truth: name one ground truth per day, in "
                          "the same order",
                          input_dirs.size(), ground_truths.size()));
}

void declare_labelled_days(CLI::App& app, LabelledDays& days, const std::string& what,
                           const char* envname) {
  app.add_option("--input-dir", days.input_dirs, what + "; repeat for several days")
      ->required()
      ->option_text("DIR ...")
      ->envname(envname);
  app.add_option(
         "--ground-truth", days.ground_truths,
         "That day's ground truth: the file, or the folder that holds it; one per --input-dir")
      ->required()
      ->option_text("FILE ...")
      ->envname("AML_GROUND_TRUTH");
}

void declare_resamples(CLI::App& app, int& resamples, std::uint64_t& seed, int least,
                       const std::string& what) {
  app.add_option("--resamples", resamples, "Bootstrap resamples behind " + what)
      ->check(CLI::Range(least, 1'000'000))
      ->option_text("N")
      ->envname("AML_RESAMPLES");
  app.add_option("--seed", seed, "Seed of the resamples (default: 42)")
      ->option_text("N")
      ->envname("AML_SEED");
}

void declare_models_dir(CLI::App& app, std::string& dir, const std::string& what) {
  app.add_option("--models-dir", dir, what)->option_text("DIR")->envname("AML_MODELS_DIR");
}

void declare_force(CLI::App& app, bool& force, const std::string& what) {
  app.add_flag("--force", force,
               "Also replace the " + what + " of another network or window in --output-dir");
}

void declare_without(CLI::App& app, std::vector<std::string>& groups) {
  app.add_option("--without", groups,
                 "Leave out a group of features, such as flows, or alert__flows for alerts alone; "
                 "repeat for several")
      ->delimiter(',')
      ->option_text("GROUP ...")
      ->envname("AML_WITHOUT");
}

void declare_labels(CLI::App& app, std::vector<std::filesystem::path>& files) {
  app.add_option("--labels", files,
                 "Files that say who addresses are: .parquet of the SOT, .csv, TagPacks (.yaml), "
                 "OFAC's list (.xml), sanctioned addresses (.txt); repeat for several")
      ->option_text("FILE ...")
      ->envname("AML_LABELS");
}

void declare_known_files(CLI::App& app, known::KnownFiles& files) {
  declare_labels(app, files.labels);
  app.add_option("--history", files.history,
                 "Folder of days whose alerts and truths count where they are earlier and were "
                 "known on the day")
      ->option_text("DIR")
      ->envname("AML_HISTORY");
}

void declare_features_dir(CLI::App& app, std::string& dir) {
  app.add_option("--features-dir", dir, "Folder of .sql files that replace the built-in features")
      ->option_text("DIR")
      ->envname("AML_FEATURES_DIR");
}

}  // namespace aml::commands
