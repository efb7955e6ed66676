#include "commands/sql_options.h"

#include <fmt/format.h>

#include "base/error.h"
#include "commands/shared_options.h"
#include "snapshot/address_parts.h"

namespace aml::commands {

namespace {

void declare_slices(CLI::App& app, SqlOptions& options) {
  app.add_option("--slice-days", options.slice_days,
                 "Cut the flow graph into slices of so many days: --json names the first day of "
                 "each")
      ->check(CLI::Range(1, 36500))
      ->option_text("N")
      ->envname("AML_SQL_SLICE_DAYS");
  app.add_option("--slice", options.slice,
                 "Compute the slice of the flow graph that begins on this day into --slices-dir, "
                 "and print nothing")
      ->option_text("DAY")
      ->envname("AML_SQL_SLICE");
  app.add_option("--slices-dir", options.slices_dir,
                 "Folder of slices, a folder of each: --slice writes one, --tables-dir adds up all")
      ->option_text("DIR")
      ->envname("AML_SQL_SLICES_DIR");
  app.add_option("--graph-dir", options.graph_dir,
                 "Folder of what another engine computed by the joins that --json prints: "
                 "--tables-dir takes it instead of computing it")
      ->option_text("DIR")
      ->envname("AML_SQL_GRAPH_DIR");
}

void declare_address_parts(CLI::App& app, SqlOptions& options) {
  app.add_option("--address-parts", options.address_parts,
                 "Cut what needs an address's own transfers into so many parts of the addresses: "
                 "--json says whether there are any")
      ->check(CLI::Range(1, snapshot::kMostAddressParts))
      ->option_text("N")
      ->envname("AML_SQL_ADDRESS_PARTS");
  app.add_option("--address-part", options.address_part,
                 "Compute this part of the addresses, counted from 0, into --part-dir, and print "
                 "nothing")
      ->check(CLI::Range(0, snapshot::kMostAddressParts - 1))
      ->option_text("I")
      ->envname("AML_SQL_ADDRESS_PART");
  app.add_option("--part-dir", options.part_dir,
                 "Write the tables of --address-part into this folder; those of all parts together "
                 "go to --graph-dir")
      ->option_text("DIR")
      ->envname("AML_SQL_PART_DIR");
}

}  // namespace

void check_sql_options(const SqlOptions& options) {
  if (!options.slice.empty() && (options.slice_days == 0 || options.slices_dir.empty())) {
    throw Error(ErrorKind::usage,
                "--slice needs --slice-days, how long it is, and --slices-dir, where it goes");
  }
  if (!options.slices_dir.empty() && options.slice.empty() && options.tables_dir.empty()) {
    throw Error(ErrorKind::usage,
                "--slices-dir needs --slice, to write one, or --tables-dir, to add up all");
  }
  if (!options.graph_dir.empty() && options.tables_dir.empty()) {
    throw Error(ErrorKind::usage, "--graph-dir needs --tables-dir, where its features go");
  }
  const bool is_part = options.address_part >= 0;
  if (is_part != !options.part_dir.empty() || (is_part && options.address_parts == 0)) {
    throw Error(ErrorKind::usage,
                "--address-part needs --address-parts, how many there are, and --part-dir, where "
                "it goes");
  }
  if (is_part && options.address_part >= options.address_parts) {
    throw Error(ErrorKind::usage,
                fmt::format("--address-part {} is none of {}: they are counted from 0",
                            options.address_part, options.address_parts));
  }
}

void declare_sql_options(CLI::App& app, SqlOptions& options) {
  declare_input_dir(app, options.input_dir);
  app.add_option("--engine", options.engine, "Whose SQL: duckdb or spark")
      ->capture_default_str()
      ->check(CLI::IsMember({"duckdb", "spark"}))
      ->option_text("ENGINE")
      ->envname("AML_SQL_ENGINE");
  declare_features_dir(app, options.features_dir);
  declare_models_dir(app, options.models_dir,
                     "Folder of the models that --json names (default: trained_models here or "
                     "beside the program)");
  declare_without(app, options.without);
  declare_known_files(app, options.known);
  app.add_option("--tables-dir", options.tables_dir,
                 "Write the tables that no SQL makes, those of the flow graph, as Parquet")
      ->option_text("DIR")
      ->envname("AML_SQL_TABLES_DIR");
  declare_slices(app, options);
  declare_address_parts(app, options);
  app.add_flag("--json", options.json, "JSON instead of text")->envname("AML_JSON");
  declare_max_rows(app, options.max_rows);
  declare_threads(app, options.threads);
}

}  // namespace aml::commands
