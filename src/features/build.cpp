#include "features/build.h"

#include <fmt/format.h>

#include <chrono>

#include "base/database.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/threads.h"
#include "features/feature_sql.h"
#include "features/matrix.h"
#include "snapshot/inputs.h"
#include "snapshot/load.h"

namespace aml::features {
namespace {

// Runs a step and notes its wall time under `name`.
template <typename Step>
auto timed(SnapshotFeatures& features, const char* name, Step step) {
  using Clock = std::chrono::steady_clock;
  throw_if_stop_requested();
  struct Stop {
    SnapshotFeatures& features;
    const char* name;
    Clock::time_point start = Clock::now();
    ~Stop() {
      features.stage_ms[name] +=
          std::chrono::duration<double, std::milli>(Clock::now() - start).count();
    }
  } const stop{features, name};
  return step();
}

const SqlFile& file_of(const std::vector<SqlFile>& files, const std::string& table) {
  for (const SqlFile& file : files) {
    if (file.table == table) {
      return file;
    }
  }
  throw Error(ErrorKind::internal, "the built-in SQL makes no " + table);
}

}  // namespace

SnapshotFeatures build(const BuildOptions& options) {
  SnapshotFeatures features;
  if (!std::filesystem::is_directory(options.input_dir)) {
    throw Error(ErrorKind::not_found,
                fmt::format("{} is no directory: name one that holds a snapshot "
                            "by --input-dir",
                            options.input_dir.string()));
  }
  const std::vector<SqlFile> files =
      options.features_dir.empty() ? built_in_sql() : read_sql(options.features_dir);
  for (const SqlFile& file : files) {
    features.feature_sql_sha256[file.file_name] = hash_text(HashKind::sha256, file.text);
  }
  const int threads = options.threads > 0 ? options.threads : available_processors();
  const sot::SnapshotMeta meta = snapshot::read_meta(options.input_dir);
  features.input_sha256 = timed(
      features, "hash", [&] { return snapshot::hash_inputs(options.input_dir, meta, threads); });
  features.snapshot_sha256 = sot::snapshot_sha256(features.input_sha256);

  Database database({.threads = threads,
                     .memory_limit = options.memory_limit,
                     .temp_directory = options.temp_dir.string()});
  Connection connection = database.connect();
  snapshot::LoadedSnapshot snapshot{meta.network, meta.processing_date, meta.window_days, {}, {}};
  timed(features, "load",
        [&] { snapshot::load_snapshot(connection, options.input_dir, snapshot); });
  timed(features, "sql", [&] { run_sql(connection, files); });
  timed(features, "matrix", [&] {
    features.alerts =
        read_matrix(connection, file_of(files, "alert_features"), "alert_id", "alerts");
    features.clusters =
        read_matrix(connection, file_of(files, "cluster_features"), "cluster_id", "clusters");
  });
  features.network = snapshot.network;
  features.processing_date = snapshot.processing_date;
  features.window_days = snapshot.window_days;
  features.input_rows = std::move(snapshot.input_rows);
  features.warnings = std::move(snapshot.warnings);
  return features;
}

}  // namespace aml::features
