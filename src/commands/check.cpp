// aml-miner check --input-dir ./input/2025-10-26 --output-dir ./output/2025-10-26
//
// Says what a validator would say of a batch, before it is served.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "api/table.h"
#include "base/date.h"
#include "base/error.h"
#include "base/file_system.h"
#include "base/files.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/threads.h"
#include "commands/check_report.h"
#include "commands/command.h"
#include "commands/command_end.h"
#include "commands/option_checks.h"
#include "commands/shared_options.h"
#include "known/known.h"
#include "models/model_file.h"
#include "results/reader.h"
#include "snapshot/snapshot.h"
#include "sot/snapshot.h"
#include "validation/appraisal.h"
#include "validator/self_check.h"

namespace aml::commands {

namespace fs = std::filesystem;

namespace {

using validator::OwnDay;

constexpr std::size_t kLeastSecretBytes = 16;
constexpr std::uint64_t kMostSecretBytes = 4096;

struct CheckOptions {
  std::string input_dir;
  std::string output_dir;
  std::string models_dir;
  std::vector<fs::path> reference_dirs;
  std::string input_root;
  std::string output_root;
  std::string ground_truth_dir;
  std::string secret;
  known::KnownFiles known;
  int days = 14;
  bool json = false;
  std::string memory_limit;
  std::int64_t max_rows = snapshot::kMaxRows;
  validator::SelfCheckOptions check;
};

// The body that `serve` would send for the batch.
validation::Submission read_batch(const fs::path& batch, const validation::AlertIndex& alerts,
                                  const results::Metadata& metadata, int threads) {
  http::Budget budget(http::Budget::kLeastBytes);
  http::Budget::Charge charge = budget.charge_of_any_size();
  const api::Table table = api::read_table(api::kAlertScores, metadata,
                                           batch / results::kAlertsScoredFile, threads, charge);
  return validation::parse_submission(table.body(), alerts, validation::limits_for(alerts.size()));
}

class Checker {
 public:
  explicit Checker(const CheckOptions& options)
      : options_(options), models_dir_(models::find_models_dir(options.models_dir)) {
    for (const fs::path& directory : options.reference_dirs) {
      models::find_model(directory, models::kAlertScorer);  // a wrong folder is said at once
    }
  }

  CheckReport report() {
    const results::Metadata metadata = results::read_metadata(options_.output_dir);
    OwnDay own = read_day(options_.input_dir, options_.output_dir, metadata);
    const Date date = Date::require(own.day.processing_date, "the batch");
    own.labels = labels_of(date, *own.day.alerts);
    std::vector<OwnDay> earlier = earlier_days(date);
    CheckReport report;
    report.date = date.text();
    report.alerts = own.day.alerts->size();
    report.is_of_snapshot = own.day.snapshot_sha256 == metadata.snapshot_sha256;
    const OwnDay* const last = earlier.empty() ? nullptr : &earlier.back();
    report.verdict = validator::judge_own(own, last, options_.check);
    std::vector<const OwnDay*> days;
    for (const OwnDay& day : earlier) {
      if (validation::can_appraise(day.labels) && day.submission.unscored == 0) {
        days.push_back(&day);
      }
    }
    report.earnings = validator::earnings_of(days, options_.check);
    return report;
  }

 private:
  OwnDay read_day(const fs::path& input, const fs::path& batch,
                  const results::Metadata& metadata) const {
    OwnDay own;
    own.day = validator::load_day({.directory = input,
                                   .threads = options_.check.threads,
                                   .memory_limit = options_.memory_limit,
                                   .max_rows = options_.max_rows},
                                  models_dir_, options_.known);
    for (const fs::path& directory : options_.reference_dirs) {
      own.references.push_back(
          {directory.string(),
           validator::score_alerts(own.day.matrix, directory, options_.check.threads)});
    }
    own.submission = read_batch(batch, *own.day.alerts, metadata, options_.check.threads);
    return own;
  }

  std::vector<int> labels_of(Date date, const validation::AlertIndex& alerts) const {
    if (options_.ground_truth_dir.empty()) return {};
    const fs::path file = fs::path(options_.ground_truth_dir) / sot::ground_truth_file_name(date);
    if (!path_exists(file)) return {};
    return validator::read_labels(file, alerts, options_.max_rows);
  }

  // Those before `date` of which snapshot, batch and truth are there, oldest first.
  std::vector<OwnDay> earlier_days(Date date) const {
    std::vector<OwnDay> days;
    if (options_.input_root.empty()) return days;
    for (const Date found : results::batch_dates(options_.output_root)) {
      if (std::ssize(days) == options_.days) break;
      const fs::path input = fs::path(options_.input_root) / found.text();
      const fs::path truth =
          fs::path(options_.ground_truth_dir) / sot::ground_truth_file_name(found);
      if (!(found < date) || !path_exists(truth) || !path_exists(input / sot::kAlertsFile))
        continue;
      const fs::path batch = results::batch_directory(options_.output_root, found);
      OwnDay day = read_day(input, batch, results::read_metadata(batch));
      day.labels = labels_of(found, *day.day.alerts);
      day.day.matrix = {};
      days.push_back(std::move(day));
    }
    std::reverse(days.begin(), days.end());
    return days;
  }

  const CheckOptions& options_;
  fs::path models_dir_;
};

std::string secret_of(const CheckOptions& options) {
  if (!options.secret.empty()) {
    std::string secret = read_file(options.secret, kMostSecretBytes);
    if (secret.size() >= kLeastSecretBytes) return secret;
    throw Error(ErrorKind::bad_input, fmt::format("{} holds fewer than {} bytes: a secret has more",
                                                  options.secret, kLeastSecretBytes));
  }
  std::random_device random;
  std::string words;
  for (int i = 0; i < 8; ++i) words += fmt::format("{:08x}", random());
  return words;
}

void check_options(const CheckOptions& options) {
  const bool has_roots = !options.input_root.empty() || !options.output_root.empty();
  if (has_roots && (options.input_root.empty() || options.output_root.empty() ||
                    options.ground_truth_dir.empty())) {
    throw Error(ErrorKind::usage,
                "--input-root, --output-root and --ground-truth-dir belong together: earlier days "
                "need all three");
  }
}

void check(CheckOptions& options) {
  check_options(options);
  for (const std::string& folder :
       {options.input_root, options.output_root, options.ground_truth_dir}) {
    if (!folder.empty() && !is_folder(folder)) {
      throw Error(ErrorKind::not_found, fmt::format("{} is no folder", folder));
    }
  }
  if (options.check.threads == 0) options.check.threads = available_processors();
  options.check.secret = secret_of(options);
  const CheckReport report = Checker(options).report();
  print(options.json ? json_of(report).dump(2) + "\n" : table_of(report));
  if (const auto end = end_of(report)) {
    throw CommandEnd(*end, fmt::format("{}: {}", options.output_dir, words_of(end)));
  }
}

void declare_earlier_days(CLI::App& app, CheckOptions& options) {
  app.add_option("--input-root", options.input_root,
                 "Folder of earlier snapshots, one a day: says what the answers would have earned")
      ->option_text("DIR")
      ->envname("AML_INPUT_ROOT");
  app.add_option("--output-root", options.output_root, "Folder of the earlier days' batches")
      ->option_text("DIR")
      ->envname("AML_OUTPUT_ROOT");
  app.add_option("--ground-truth-dir", options.ground_truth_dir,
                 "Folder of ground_truth_DATE.parquet, of the day itself too where it is known")
      ->option_text("DIR")
      ->envname("AML_GROUND_TRUTH_DIR");
  app.add_option("--days", options.days, "Earlier days at most, the newest (default: 14)")
      ->check(CLI::Range(1, 60))
      ->option_text("N")
      ->envname("AML_CHECK_DAYS");
  app.add_option("--truth-lag", options.check.truth_lag_days,
                 "Days after which a day's truth was known (default: 7)")
      ->check(CLI::Range(0, 365))
      ->option_text("DAYS")
      ->envname("AML_TRUTH_LAG");
  app.add_option("--hotkeys", options.check.hotkeys,
                 "Hotkeys of the subnet: among more, more is needed to be believed (default: 256)")
      ->check(CLI::Range(1, 65'536))
      ->option_text("N")
      ->envname("AML_HOTKEYS");
}

void declare_options(CLI::App& app, CheckOptions& options) {
  declare_input_dir(app, options.input_dir);
  app.add_option("--output-dir", options.output_dir, "The batch that `process` made of it")
      ->required()
      ->option_text("DIR")
      ->envname("AML_OUTPUT_DIR");
  declare_models_dir(app, options.models_dir,
                     "Models that anyone has (default: trained_models here or beside the program)");
  app.add_option("--reference-models", options.reference_dirs,
                 "Folder of further models that anyone has; may be repeated")
      ->option_text("DIR")
      ->envname("AML_REFERENCE_MODELS");
  declare_labels(app, options.known.labels);
  declare_earlier_days(app, options);
  app.add_option("--secret", options.secret,
                 "File of a secret that draws the samples (default: another draw each time)")
      ->option_text("FILE")
      ->envname("AML_CHECK_SECRET");
  declare_threads(app, options.check.threads);
  declare_memory_limit(app, options.memory_limit, "Memory for reading a snapshot");
  declare_max_rows(app, options.max_rows);
  app.add_flag("--json", options.json, "Print a JSON object instead of a table");
}

}  // namespace

void check_check_words(const std::vector<std::string>& words, Look /*look*/) {
  CheckOptions options;
  parse_words([&](CLI::App& app) { declare_options(app, options); }, words);
  check_options(options);
}

Action declare_check(CLI::App& app) {
  const auto options = std::make_shared<CheckOptions>();
  declare_options(app, *options);
  return [options] { check(*options); };
}

}  // namespace aml::commands
