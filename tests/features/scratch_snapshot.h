#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "base/database.h"
#include "base/error.h"
#include "base/files.h"
#include "features/build.h"

namespace aml::features {

// A snapshot in a folder of its own, made by SQL and removed with the object.
class ScratchSnapshot {
 public:
  ScratchSnapshot() {
    static int count = 0;
    path_ = std::filesystem::temp_directory_path() /
            ("aml-features-" + std::to_string(getpid()) + "-" + std::to_string(count++));
    std::filesystem::create_directories(path_);
  }
  ~ScratchSnapshot() { std::filesystem::remove_all(path_); }
  ScratchSnapshot(const ScratchSnapshot&) = delete;
  ScratchSnapshot& operator=(const ScratchSnapshot&) = delete;

  std::filesystem::path path(const std::string& name = "") const { return path_ / name; }

  void write(const std::string& name, const std::string& select) {
    // Never closed: DuckDB must not be closed after the thread-local data of the main thread is
    // gone.
    static Database& database = *new Database;
    database.connect().run("COPY (" + select + ") TO " + sql_text(path(name).string()) +
                           " (FORMAT parquet)");
  }

  // Rows of (alert_id, address), all of window 7 on 2025-10-26; `more` adds or replaces columns.
  void write_alerts(const std::string& rows, const std::string& more = "") {
    write("alerts.parquet", "SELECT 7 AS window_days, DATE '2025-10-26' AS processing_date, *" +
                                more + " FROM (VALUES " + rows + ") v(alert_id, address)");
  }
  void write_features(const std::string& rows, const std::string& more = "") {
    write("features.parquet", "SELECT 7 AS window_days, DATE '2025-10-26' AS processing_date, *" +
                                  more + " FROM (VALUES " + rows + ") v(address, degree_in)");
  }

  SnapshotFeatures build(int threads = 2) const {
    return features::build({path_, {}, threads, "", {}});
  }

  // The message of the Error that build() throws; fails the test where it is of another kind.
  std::string refusal(ErrorKind kind, const std::filesystem::path& features_dir = {}) const {
    try {
      features::build({path_, features_dir, 2, "", {}});
    } catch (const Error& error) {
      EXPECT_EQ(exit_code(error.kind()), exit_code(kind)) << error.what();
      return error.what();
    }
    ADD_FAILURE() << "build() accepts it";
    return "";
  }

 private:
  std::filesystem::path path_;
};

// The value of `feature` for `id`; fails the test where there is none.
inline double value(const FeatureMatrix& matrix, const std::string& id,
                    const std::string& feature) {
  for (std::size_t row = 0; row < matrix.rows(); ++row) {
    for (std::size_t f = 0; matrix.ids[row] == id && f < matrix.names.size(); ++f) {
      if (matrix.names[f] == feature) {
        return matrix.columns[f][row];
      }
    }
  }
  ADD_FAILURE() << "no " << feature << " of " << id;
  return 0;
}

}  // namespace aml::features
