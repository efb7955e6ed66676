#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "known/known.h"
#include "snapshot/parquet_source.h"

namespace aml::commands {

// What `aml-miner sql` is asked for.
struct SqlOptions {
  std::string engine = "duckdb";
  std::string input_dir;
  std::string features_dir;
  std::string models_dir;
  std::vector<std::string> without;
  known::KnownFiles known;
  std::string tables_dir;
  std::string slice;
  int slice_days = 0;
  std::string slices_dir;
  std::string graph_dir;
  int address_parts = 0;
  int address_part = -1;
  std::string part_dir;
  std::int64_t max_rows = snapshot::kMaxRows;
  int threads = 0;
  bool json = false;
};

// Declares all of them. `options` must live as long as `app`.
void declare_sql_options(CLI::App& app, SqlOptions& options);
// Throws Error{usage} for what does not go together.
void check_sql_options(const SqlOptions& options);

}  // namespace aml::commands
