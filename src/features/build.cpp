#include "features/build.h"

#include <fmt/format.h>

#include <chrono>

#include "base/database.h"
#include "base/error.h"
#include "base/file_system.h"
#include "base/hash.h"
#include "base/threads.h"
#include "features/feature_sql.h"
#include "features/matrix.h"

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

SnapshotFeatures build(snapshot::Snapshot& snapshot, const std::filesystem::path& features_dir) {
  SnapshotFeatures features;
  const std::vector<SqlFile> files = features_dir.empty() ? built_in_sql() : read_sql(features_dir);
  for (const SqlFile& file : files) {
    features.feature_sql_sha256[file.file_name] = hash_text(HashKind::sha256, file.text);
  }
  features.input_sha256 = timed(features, "hash", [&] { return snapshot.hash_files(); });
  features.snapshot_sha256 = sot::snapshot_sha256(features.input_sha256);
  timed(features, "load", [&] { snapshot.make_all(); });
  features.network = snapshot.network();
  features.processing_date = snapshot.processing_date();
  features.window_days = snapshot.window_days();
  features.input_rows = snapshot.findings().input_rows;
  features.warnings = snapshot.findings().warnings;
  features.unreadable = snapshot.findings().unreadable;

  snapshot.seal();
  Connection& connection = snapshot.connection();
  timed(features, "sql", [&] { run_sql(connection, files); });
  timed(features, "matrix", [&] {
    features.alerts =
        read_matrix(connection, file_of(files, "alert_features"), "alert_id", "alerts");
    features.clusters =
        read_matrix(connection, file_of(files, "cluster_features"), "cluster_id", "clusters");
  });
  return features;
}

}  // namespace aml::features
