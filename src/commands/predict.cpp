// aml-miner predict --model model.txt --input matrix.parquet --output scores.parquet
// --contributions
//
// Scores any matrix in Parquet with any model that can be read, so that both can be held to
// LightGBM. Rows stream from file to file in their order.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/database.h"
#include "base/error.h"
#include "base/log.h"
#include "base/lower_case.h"
#include "base/output_file.h"
#include "base/parquet_writer.h"
#include "base/progress.h"
#include "base/threads.h"
#include "commands/command.h"
#include "commands/matrix_file.h"
#include "commands/published_rows.h"
#include "commands/shared_options.h"
#include "forest/model.h"
#include "models/score_function.h"
#include "snapshot/snapshot.h"

namespace aml::commands {

namespace fs = std::filesystem;

namespace {

struct PredictOptions {
  std::string model;
  std::string input;
  std::string output;
  std::vector<std::string> keep;
  std::string memory_limit = "2GB";
  std::string published;
  std::size_t top_features = 10;
  bool contributions = false;
  int threads = 0;
};

// A column of the output: its expression and its name.
struct OutputColumn {
  std::string expression;
  std::string name;
};

// The columns to copy: those of --keep, otherwise all that the model does not use.
std::vector<OutputColumn> kept_columns(const MatrixFile& matrix,
                                       const std::vector<std::string>& keep,
                                       const std::vector<std::string>& features) {
  std::set<const MatrixFile::Column*> used;
  for (const std::string& feature : features) used.insert(matrix.find(feature));
  std::set<std::string> wanted(keep.begin(), keep.end());
  std::vector<OutputColumn> columns;
  for (const MatrixFile::Column& column : matrix.columns()) {
    const bool is_kept = keep.empty() ? !used.contains(&column) : wanted.erase(column.name) > 0;
    if (is_kept) columns.push_back({"r." + sql_name(column.sql_name), column.name});
  }
  if (!keep.empty() && !wanted.empty()) {
    throw Error(ErrorKind::usage, fmt::format("{} has no column {} to --keep",
                                              matrix.path().string(), *wanted.begin()));
  }
  return columns;
}

// The members of score_rows' result s.
std::vector<OutputColumn> score_columns(const std::vector<std::string>& features,
                                        bool with_contributions) {
  std::vector<OutputColumn> columns;
  const auto add = [&](const std::string& name) {
    columns.push_back({fmt::format("struct_extract_at(s, {})", columns.size() + 1), name});
  };
  add("raw_score");
  add("score");
  if (!with_contributions) return columns;
  add("base_value");
  for (const std::string& feature : features) add("contribution_" + feature);
  return columns;
}

// Readers of Parquet differ in whether they tell upper and lower case apart.
void refuse_same_names(std::vector<OutputColumn> columns, const std::vector<OutputColumn>& more,
                       const fs::path& input) {
  columns.insert(columns.end(), more.begin(), more.end());
  std::set<std::string> seen;
  for (const OutputColumn& column : columns) {
    if (seen.insert(in_lower_case(column.name)).second) continue;
    throw Error(ErrorKind::usage,
                fmt::format("the output would have two columns {}; name the columns of {} that "
                            "you want to keep with --keep",
                            column.name, input.string()));
  }
}

// Scores first, under a name for each kept column that no other has; names after.
std::string scoring_query(const MatrixFile& matrix, const std::vector<std::string>& doubles,
                          const std::vector<OutputColumn>& kept,
                          const std::vector<OutputColumn>& scores) {
  std::string inner;
  std::string outer;
  for (std::size_t i = 0; i < kept.size(); ++i) {
    inner += fmt::format("{} AS k{}, ", kept[i].expression, i);
    outer += fmt::format("k{} AS {}, ", i, sql_name(kept[i].name));
  }
  for (const OutputColumn& column : scores) {
    outer += fmt::format("{} AS {}, ", column.expression, sql_name(column.name));
  }
  outer.resize(outer.size() - 2);
  return fmt::format("SELECT {} FROM (SELECT {}score_rows({}) AS s FROM {} r)", outer, inner,
                     fmt::join(doubles, ", "), matrix.table());
}

// Rows of the output per group, so that a group of many columns is no more than about 32 MB.
std::size_t group_rows(std::size_t columns) {
  constexpr std::size_t kBytes = 33554432;
  constexpr std::size_t kStep = 2048;  // DuckDB groups by its own chunks
  return std::clamp(kBytes / (columns * sizeof(double)) / kStep * kStep, kStep, kStep * 60);
}

// What would be passed over in silence.
void refuse_columns_of_published(const PredictOptions& options) {
  if (!options.contributions && options.keep.empty()) return;
  throw Error(ErrorKind::usage,
              fmt::format("--published writes what `process` publishes of each alert, and no other "
                          "column: leave out {}",
                          options.contributions ? "--contributions" : "--keep"));
}

void predict(PredictOptions options) {
  if (options.threads == 0) options.threads = available_processors();
  if (!options.published.empty()) {
    refuse_columns_of_published(options);
    write_published_rows({.model = options.model,
                          .input = options.input,
                          .output = options.output,
                          .families = options.published,
                          .memory_limit = options.memory_limit,
                          .top_features = options.top_features,
                          .threads = options.threads});
    return;
  }
  OutputFile output(options.output);
  const auto model = forest::load_model(options.model);
  const std::vector<std::string>& features = model->feature_names();
  if (model->forest().pandas_categories) {
    log::warning(
        "the model was trained on categories of pandas: its categorical columns must hold "
        "their codes",
        {{"model", options.model}});
  }

  const auto database =
      snapshot::open_database({.threads = options.threads, .memory_limit = options.memory_limit});
  Connection connection = database->connect();
  const MatrixFile matrix(connection, options.input);
  const std::vector<std::string> doubles = matrix.as_doubles(features);
  const std::vector<OutputColumn> kept = kept_columns(matrix, options.keep, features);
  const std::vector<OutputColumn> scores = score_columns(features, options.contributions);
  refuse_same_names(kept, scores, matrix.path());

  Progress progress("predict", static_cast<std::uint64_t>(matrix.rows()), Progress::Unit::items);
  // DuckDB gives each of its threads a group of the input; where there are fewer, calls are split.
  const auto groups = static_cast<int>(std::clamp<std::int64_t>(matrix.row_groups(), 1, 1024));
  const models::ScoreFunction function{*model, options.contributions,
                                       (options.threads + groups - 1) / groups,
                                       [&](std::size_t rows) { progress.add(rows); }};
  models::register_score_function(connection, function);
  try {
    const std::string query = scoring_query(matrix, doubles, kept, scores);
    write_parquet(connection, query, output.path(), group_rows(kept.size() + scores.size()));
  } catch (const Error& error) {
    throw_if_stop_requested();
    if (error.kind() != ErrorKind::bad_input) throw;
    throw Error(error.kind(), fmt::format("cannot score {}: {}", options.input, error.what()));
  }
  output.publish();
  log::info("predicted", {{"rows", matrix.rows()}, {"output", options.output}});
}

}  // namespace

Action declare_predict(CLI::App& app) {
  const auto options = std::make_shared<PredictOptions>();
  app.add_option("--model", options->model, "LightGBM text model")
      ->required()
      ->option_text("FILE")
      ->envname("AML_MODEL");
  app.add_option(
         "--input", options->input,
         "Parquet file with a column of numbers per feature, found by name; NULL is missing")
      ->required()
      ->option_text("FILE")
      ->envname("AML_INPUT");
  app.add_option("--output", options->output,
                 "Parquet file to write, a row per row of the input in its order")
      ->required()
      ->option_text("FILE")
      ->envname("AML_OUTPUT");
  app.add_flag("--contributions", options->contributions,
               "Also write base_value and a column contribution_NAME per feature")
      ->envname("AML_CONTRIBUTIONS");
  app.add_option("--published", options->published,
                 "Write of each alert what `process` publishes, with the families of features in "
                 "this JSON file")
      ->option_text("FILE")
      ->envname("AML_PUBLISHED");
  app.add_option("--top-features", options->top_features,
                 "Features named in each explanation of --published (default: 10)")
      ->check(CLI::Range(0, 10000))
      ->option_text("N")
      ->envname("AML_TOP_FEATURES");
  app.add_option("--keep", options->keep,
                 "Column of the input to copy; may be repeated (default: all but the features)")
      ->option_text("NAME")
      ->envname("AML_KEEP");
  declare_threads(app, options->threads);
  declare_memory_limit(app, options->memory_limit, "Memory for reading and writing");
  return [options] { predict(*options); };
}

}  // namespace aml::commands
