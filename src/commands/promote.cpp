// aml-miner promote --models-dir ./trained_models --challenger-dir ./challengers --challenger 1.1.0
//     --input-dir ./input/2025-11-10 --ground-truth ./ground_truth_2025-11-10.parquet
//
// Puts a challenger's models into use where later days with truth say that they are better.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/file_system.h"
#include "base/files.h"
#include "base/log.h"
#include "base/threads.h"
#include "commands/command.h"
#include "commands/command_end.h"
#include "commands/shared_options.h"
#include "commands/text_page.h"
#include "metrics/distribution.h"
#include "models/card_file.h"
#include "models/card_parts.h"
#include "models/champion.h"
#include "models/model_file.h"
#include "models/training_day.h"
#include "scoring/first_stage.h"
#include "scoring/scoring.h"
#include "sot/snapshot.h"
#include "validation/promotion.h"

namespace aml::commands {

namespace fs = std::filesystem;

namespace {

struct PromoteOptions {
  std::string models_dir;
  std::string challenger_dir;
  std::string challenger;
  LabelledDays days;
  std::string features_dir;
  std::vector<std::string> without;
  known::KnownFiles known;
  std::string memory_limit;
  std::int64_t max_rows = snapshot::kMaxRows;
  int threads = 0;
  int resamples = 1000;
  std::uint64_t seed = 42;
  bool dry_run = false;
};

// The alert scorer of one side, and the last day that its card says it learned from.
struct Side {
  scoring::LoadedModel scorer;
  std::unique_ptr<scoring::FirstStage> first_stage;
  std::string last_day;
};

Side load_side(const PromoteOptions& options, const fs::path& folder, const std::string& version) {
  Side side{scoring::load_task_model(folder, models::kAlertScorer, version), nullptr, ""};
  const forest::Model* model = side.scorer.model.get();
  side.first_stage =
      scoring::FirstStage::load(folder, std::span(&model, 1), options.without, version);
  const auto last_day =
      models::last_learned_day(models::read_card(side.scorer.path, side.scorer.record.sha256));
  if (!last_day) {
    throw Error(ErrorKind::bad_input,
                fmt::format("the card of {} does not say which days it learned from, so no day is "
                            "known to be a later one: put back the .json file that came with it",
                            side.scorer.path.string()));
  }
  side.last_day = last_day->text();
  return side;
}

std::unique_ptr<models::TrainingDay> read_day(const PromoteOptions& options, std::size_t day,
                                              scoring::FirstStage* first_stage) {
  features::BuildOptions building{
      .features_dir = options.features_dir, .without = options.without, .known = options.known};
  if (first_stage != nullptr) building.visit_addresses = first_stage->visitor();
  auto read = models::read_training_day({.directory = options.days.input_dirs[day],
                                         .threads = options.threads,
                                         .memory_limit = options.memory_limit,
                                         .max_rows = options.max_rows},
                                        building, options.days.ground_truths[day]);
  if (first_stage != nullptr) first_stage->add_to(read->facts, read->features);
  return read;
}

void require_later(const Side& side, const std::string& date) {
  if (date > side.last_day) return;
  throw CommandEnd(EndCode::refused,
                   fmt::format("not promoted: {} is no later day: {} learned from days up to {}; "
                               "name days after it",
                               date, side.scorer.path.filename().string(), side.last_day));
}

// Throws where a validator would fine the scores of the day, whatever the truth.
void refuse_fined(const Side& challenger, const std::vector<double>& scores,
                  const std::string& date) {
  const double median = metrics::median(scores);
  const double variance = metrics::variance(scores);
  if (median >= models::kLeastMedian && median <= models::kMostMedian &&
      variance >= models::kLeastVariance) {
    return;
  }
  throw CommandEnd(EndCode::refused,
                   fmt::format("not promoted: a validator would fine what {} says of {}: median "
                               "{:.4f}, variance {:.5f}",
                               challenger.scorer.path.filename().string(), date, median, variance));
}

validation::PromotionDay judge_day(const PromoteOptions& options, std::size_t day, Side& champion,
                                   Side& challenger) {
  auto read = read_day(options, day, champion.first_stage.get());
  const std::string date = read->features.processing_date;
  require_later(champion, date);
  require_later(challenger, date);
  const auto scores = [&](const Side& side) {
    return scoring::scores_of(read->features.alerts, side.scorer, options.threads);
  };
  validation::PromotionDay judged{date, {}, {}, read->alerts.labels, {}};
  const std::vector<double> first = scores(champion);
  if (champion.first_stage || challenger.first_stage) {
    read = read_day(options, day, challenger.first_stage.get());
  }
  const std::vector<double> second = scores(challenger);
  refuse_fined(challenger, second, date);
  for (const std::size_t row : read->alerts.rows) {
    judged.champion.push_back(first[row]);
    judged.challenger.push_back(second[row]);
    judged.addresses.push_back(read->facts.addresses[row]);
  }
  return judged;
}

std::string table_of(const validation::Promotion& result, const std::string& champion,
                     const std::string& challenger) {
  TextPage page;
  page.add("{:12}{:>10}{:>12}{:>12}{:>12}\n", "day", "alerts", "positives", champion, challenger);
  for (const auto& day : result.days) {
    page.add("{:12}{:10}{:12}{:12.4f}{:12.4f}\n", day.processing_date, day.alerts, day.positives,
             day.champion, day.challenger);
  }
  if (result.interval) {
    page.add("\n{} minus {}: {:.4f}  [{:.4f}, {:.4f}]\n", challenger, champion, result.difference,
             result.interval->low, result.interval->high);
  }
  return page.text();
}

// Throws where the days do not say that the challenger is better.
void require_better(const validation::Promotion& result, const std::string& challenger) {
  if (!result.interval) {
    throw CommandEnd(EndCode::wanting,
                     "not promoted: no day has at least ten labels, of reported alerts and of "
                     "others; name days whose truth is known");
  }
  if (result.is_better()) return;
  const std::string interval = fmt::format("{:.4f} points [{:.4f}, {:.4f}]", result.difference,
                                           result.interval->low, result.interval->high);
  if (result.is_worse()) {
    throw CommandEnd(EndCode::refused,
                     fmt::format("not promoted: {} is worse, by {}", challenger, interval));
  }
  throw CommandEnd(EndCode::wanting,
                   fmt::format("not promoted: {} cannot be told from the champion: {}, and the "
                               "interval holds 0; name more days whose truth is known",
                               challenger, interval));
}

void check_options(const PromoteOptions& options) {
  options.days.check();
  if (!models::is_version(options.challenger)) {
    throw Error(ErrorKind::usage,
                "--challenger " + options.challenger + " is no version such as 1.1.0");
  }
}

// Of all days, "" where their META.json does not say: each network may have models of its own.
std::string network_of_days(const PromoteOptions& options) {
  const auto network_of = [](const std::string& folder) {
    const auto kind = sot::kind_in(folder);
    return kind ? kind->network : "";
  };
  const auto named = [](const std::string& network) {
    return network.empty() ? "a network that its META.json does not name" : network;
  };
  const std::string network = network_of(options.days.input_dirs.front());
  for (const std::string& folder : options.days.input_dirs) {
    const std::string other = network_of(folder);
    if (other == network) continue;
    throw Error(ErrorKind::usage,
                fmt::format("--input-dir {} is of {}, and {} is of {}: name days of one network",
                            options.days.input_dirs.front(), named(network), folder, named(other)));
  }
  return network;
}

void promote(PromoteOptions options) {
  check_options(options);
  if (options.threads == 0) options.threads = available_processors();
  const std::string network = network_of_days(options);
  const auto own_folder = [&](const fs::path& folder) {
    return absolute_path(models::models_of_network(folder, network));
  };
  const fs::path models_dir = own_folder(models::find_models_dir(options.models_dir));
  const fs::path from =
      options.challenger_dir.empty() ? models_dir : own_folder(options.challenger_dir);
  const std::string champion = models::version_in_use(models_dir);
  if (champion == options.challenger) {
    throw Error(ErrorKind::usage,
                fmt::format("{} is in use in {} already; train the challenger under another "
                            "--version",
                            champion, models_dir.string()));
  }
  const std::string wanted = models::model_file_name(models::kAlertScorer, options.challenger);
  if (!path_exists(from / wanted)) {
    throw Error(ErrorKind::not_found,
                fmt::format("{} holds no {}: name the folder that the challenger was trained into "
                            "with --challenger-dir, and its version with --challenger",
                            from.string(), wanted));
  }
  Side first = load_side(options, models_dir, champion);
  Side second = load_side(options, from, options.challenger);
  std::vector<validation::PromotionDay> days;
  for (std::size_t day = 0; day < options.days.input_dirs.size(); ++day) {
    throw_if_stop_requested();
    days.push_back(judge_day(options, day, first, second));
    const auto same = [&](const validation::PromotionDay& other) {
      return other.processing_date == days.back().processing_date;
    };
    if (std::count_if(days.begin(), days.end(), same) > 1) {
      throw Error(ErrorKind::usage, days.back().processing_date + " is named twice");
    }
  }
  const validation::Promotion result =
      validation::compare_challenger(days, {.resamples = options.resamples, .seed = options.seed});
  print(table_of(result, champion, options.challenger));
  require_better(result, options.challenger);
  if (options.dry_run) {
    print(fmt::format("{} would be promoted\n", options.challenger));
    log::info("would be promoted", {{"version", options.challenger},
                                    {"before", champion},
                                    {"points", result.difference},
                                    {"low", result.interval->low},
                                    {"high", result.interval->high}});
    return;
  }
  models::put_into_use(from, models_dir, options.challenger);
  print(fmt::format("{} is in use now in {}, instead of {}\n", options.challenger,
                    models_dir.string(), champion));
  log::info("promoted", {{"models_dir", models_dir.string()},
                         {"version", options.challenger},
                         {"before", champion},
                         {"points", result.difference}});
}

}  // namespace

Action declare_promote(CLI::App& app) {
  const auto options = std::make_shared<PromoteOptions>();
  declare_models_dir(app, options->models_dir,
                     "Folder of the champion's models (default: trained_models here or beside the "
                     "program)");
  app.add_option("--challenger", options->challenger, "Version of the models that want its place")
      ->required()
      ->option_text("VERSION")
      ->envname("AML_CHALLENGER");
  app.add_option("--challenger-dir", options->challenger_dir,
                 "Folder of the challenger's models (default: the champion's)")
      ->option_text("DIR")
      ->envname("AML_CHALLENGER_DIR");
  declare_labelled_days(app, options->days, "Folder of a day's snapshot that neither learned from",
                        "AML_PROMOTE_INPUT_DIR");
  declare_resamples(app, options->resamples, options->seed, 100, "the interval (default: 1000)");
  app.add_flag("--dry-run", options->dry_run, "Say what would be done, and change nothing")
      ->envname("AML_DRY_RUN");
  declare_features_dir(app, options->features_dir);
  declare_without(app, options->without);
  declare_known_files(app, options->known);
  declare_threads(app, options->threads);
  declare_memory_limit(app, options->memory_limit, "Memory for the feature SQL");
  declare_max_rows(app, options->max_rows);
  return [options] { promote(*options); };
}

}  // namespace aml::commands
