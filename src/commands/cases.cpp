// aml-miner cases export --cases ./cases.sqlite --output ./trail.ndjson
// aml-miner cases verify --trail ./trail.ndjson
//
// The audit trail of a file of cases: out of it, and whether it holds.
#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "base/error.h"
#include "base/files.h"
#include "base/log.h"
#include "cases/trail.h"
#include "commands/command.h"

namespace aml::commands {

namespace {

struct CasesCommand {
  std::string file;
  std::string output;
  std::string trail;
  std::string head;
};

void export_trail(const CasesCommand& command) {
  const auto database = cases::open_cases(command.file, cases::SqlDatabase::Mode::read_only);
  database->run("BEGIN");  // one moment, whoever decides meanwhile
  OutputFile output(command.output, {.access = Access::owner});
  cases::export_trail(*database, [&](std::string_view line) { output.write(line); });
  output.publish();
}

cases::TrailFindings verify_file(const CasesCommand& command) {
  const auto database = cases::open_cases(command.file, cases::SqlDatabase::Mode::read_only);
  database->run("BEGIN");  // one moment, whoever decides meanwhile
  return cases::verify_cases(*database, command.file, command.head);
}

void verify(const CasesCommand& command) {
  if (command.file.empty() == command.trail.empty()) {
    throw Error(ErrorKind::usage, "name the trail by one of --cases and --trail");
  }
  const cases::TrailFindings found = command.trail.empty()
                                         ? verify_file(command)
                                         : cases::verify_trail(command.trail, command.head);
  if (!command.head.empty() && !found.since_noted) {
    throw Error(ErrorKind::bad_input,
                "the trail holds together, but the hash " + command.head +
                    " stands nowhere in it: entries were cut off, or it is another file's");
  }
  if (found.forgotten > 0) {
    log::warning(
        "of entries whose time is over only the hashes are left: what they said is not verified",
        {{"forgotten", found.forgotten}});
  }
  nlohmann::ordered_json told{
      {"entries", found.entries}, {"forgotten", found.forgotten}, {"head", found.head}};
  if (found.since_noted) told["since_head"] = *found.since_noted;
  print(told.dump() + "\n");
}

CLI::Option* declare_file(CLI::App& app, CasesCommand& command) {
  return app.add_option("--cases", command.file, "File of cases, as `serve --cases` keeps it")
      ->option_text("FILE")
      ->envname("AML_CASES");
}

}  // namespace

Action declare_cases(CLI::App& app) {
  const auto command = std::make_shared<CasesCommand>();
  app.require_subcommand(1);
  CLI::App* exports = app.add_subcommand("export", "Write the audit trail, a line an entry");
  declare_file(*exports, *command)->required();
  exports->add_option("--output", command->output, "The file that gets it")
      ->required()
      ->option_text("FILE");
  CLI::App* verifies =
      app.add_subcommand("verify", "Look whether the trail was changed, and print its last hash");
  declare_file(*verifies, *command);
  verifies->add_option("--trail", command->trail, "An exported trail in place of a file of cases")
      ->option_text("FILE");
  verifies
      ->add_option(
          "--head", command->head,
          "The last hash as somebody noted it, so that it is seen whether entries up to it "
          "were cut off, and how many have followed")
      ->option_text("HASH");
  return [command, exports] {
    if (exports->parsed()) return export_trail(*command);
    verify(*command);
  };
}

}  // namespace aml::commands
