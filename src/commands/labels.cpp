// aml-miner labels export --cases ./cases.sqlite --output-dir ./truth
//
// What people decided on alerts, as ground truth for train, evaluate and --history.
#include "cases/labels.h"

#include <CLI/CLI.hpp>
#include <memory>
#include <string>

#include "base/date.h"
#include "base/error.h"
#include "base/log.h"
#include "cases/trail.h"
#include "commands/command.h"
#include "commands/day_paths.h"

namespace aml::commands {

namespace {

struct LabelsCommand {
  std::string cases;
  std::string output_dir;
  std::string from = "0001-01-01";
  std::string to = "9999-12-31";
  std::string date;
};

void export_labels(LabelsCommand command) {
  Date::require(command.from, "--from");
  Date::require(command.to, "--to");
  if (!command.date.empty() && command.date != kLatest) Date::require(command.date, "--date");
  if (command.date.empty() && command.output_dir.find(kDatePlaceholder) != std::string::npos) {
    throw Error(ErrorKind::usage,
                "--output-dir: {date} stands for one day: name it by --date, or latest");
  }
  const auto database = cases::open_cases(command.cases, cases::SqlDatabase::Mode::read_only);
  database->run("BEGIN");                         // one moment, whoever decides meanwhile
  cases::verify_cases(*database, command.cases);  // models learn from it what people decided
  if (!command.date.empty()) {
    if (command.date == kLatest) command.date = cases::newest_labelled_day(*database);
    command.from = command.to = command.date;
    command.output_dir =
        with_date(command.output_dir, Date::require(command.date, "the day of the cases"));
  }
  for (const cases::LabelsOfDay& day :
       cases::export_labels(*database, command.from, command.to, command.output_dir)) {
    log::info("labels written", {{"file", day.file.string()},
                                 {"alerts", day.alerts},
                                 {"reports", day.reports},
                                 {"sampled", day.sampled}});
  }
}

}  // namespace

Action declare_labels(CLI::App& app) {
  const auto command = std::make_shared<LabelsCommand>();
  app.require_subcommand(1);
  CLI::App* exports =
      app.add_subcommand("export", "Write what was decided on each day as its ground truth");
  exports->add_option("--cases", command->cases, "File of cases, as `serve --cases` keeps it")
      ->required()
      ->option_text("FILE")
      ->envname("AML_CASES");
  exports
      ->add_option("--output-dir", command->output_dir,
                   "Folder that gets ground_truth_{date}.parquet of each day")
      ->required()
      ->option_text("DIR");
  auto* const date =
      exports
          ->add_option("--date", command->date,
                       "One day alone, for which {date} stands in --output-dir; latest: the newest "
                       "on which something was decided")
          ->option_text("DATE")
          ->envname("AML_DATE");
  exports->add_option("--from", command->from, "The first day (default: the first there is)")
      ->excludes(date)
      ->option_text("DATE");
  exports->add_option("--to", command->to, "The last day (default: the last there is)")
      ->excludes(date)
      ->option_text("DATE");
  return [command] { export_labels(*command); };
}

}  // namespace aml::commands
