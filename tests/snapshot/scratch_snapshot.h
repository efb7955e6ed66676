#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <string>

#include "base/database.h"
#include "base/error.h"
#include "base/files.h"
#include "snapshot/snapshot.h"

namespace aml::snapshot {

// A snapshot in a folder of its own, made by SQL and removed with the object.
class ScratchSnapshot {
 public:
  // In a folder of that name, below one of its own.
  explicit ScratchSnapshot(const std::string& name = "snapshot") {
    static int count = 0;
    root_ = std::filesystem::temp_directory_path() /
            ("aml-snapshot-" + std::to_string(getpid()) + "-" + std::to_string(count++));
    path_ = root_ / name;
    std::filesystem::create_directories(path_);
  }
  ~ScratchSnapshot() { std::filesystem::remove_all(root_); }
  ScratchSnapshot(const ScratchSnapshot&) = delete;
  ScratchSnapshot& operator=(const ScratchSnapshot&) = delete;

  std::filesystem::path path() const { return path_; }
  std::filesystem::path path(const std::string& name) const { return path_ / name; }

  void write(const std::string& name, const std::string& select) const {
    // Never closed: DuckDB must not be closed after the thread-local data of the main thread is
    // gone.
    static Database& database = *new Database;
    database.connect().run("COPY (" + select + ") TO " + sql_text(path(name).string()) +
                           " (FORMAT parquet)");
  }
  void write_text(const std::string& name, const std::string& text) const {
    write_file_atomically(path(name), text);
  }

  // Rows of (alert_id, address), all of window 7 on 2025-10-26; `more` adds or replaces columns.
  void write_alerts(const std::string& rows, const std::string& more = "") const {
    write("alerts.parquet", "SELECT 7 AS window_days, DATE '2025-10-26' AS processing_date, *" +
                                more + " FROM (VALUES " + rows + ") v(alert_id, address)");
  }
  void write_features(const std::string& rows, const std::string& more = "") const {
    write("features.parquet", "SELECT 7 AS window_days, DATE '2025-10-26' AS processing_date, *" +
                                  more + " FROM (VALUES " + rows + ") v(address, degree_in)");
  }
  // A META.json of window 7 on 2025-10-26.
  void write_meta(const std::string& files = "{}") const {
    write_text("META.json", R"({"network": "bitcoin", "processing_date": "2025-10-26",
                                "window_days": 7, "files": )" +
                                files + "}");
  }

  std::unique_ptr<Snapshot> open(int threads = 2) const {
    return std::make_unique<Snapshot>(SnapshotOptions{.directory = path_, .threads = threads});
  }

  // The message of the Error that making all tables throws; fails the test where it is of another
  // kind.
  std::string refusal(ErrorKind kind = ErrorKind::bad_input) const {
    try {
      open()->make_all();
    } catch (const Error& error) {
      EXPECT_EQ(exit_code(error.kind()), exit_code(kind)) << error.what();
      return error.what();
    }
    ADD_FAILURE() << "the snapshot is accepted";
    return "";
  }

 private:
  std::filesystem::path root_;
  std::filesystem::path path_;
};

}  // namespace aml::snapshot
