#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/database.h"
#include "snapshot/findings.h"
#include "snapshot/keyed_rows.h"
#include "snapshot/parquet_source.h"
#include "snapshot/tables.h"
#include "sot/snapshot.h"

// One day's input. Everyone who reads it, reads it through Snapshot: features, labels, the
// validator's facts, the page and evaluation then see the same rows.
namespace aml::snapshot {

class DayFlows;

enum class File { alerts, features, clusters, money_flows };
inline constexpr std::array kFiles{File::alerts, File::features, File::clusters, File::money_flows};
const char* name_of(File file);  // "alerts.parquet"

// The canonical tables of docs/features.md.
enum class Table {
  subjects,
  alerts,
  alert_indicators,
  features,
  clusters,
  cluster_alerts,
  cluster_addresses,
  flows,
  subject_flows,
  address_flows,
  known_addresses,  // with known_subjects and earlier_alerts; known/ fills them
};

struct SnapshotOptions {
  std::filesystem::path directory{};  // alerts.parquet, features.parquet, …, META.json
  int threads = 0;                    // 0: all processors
  std::string memory_limit{};         // DuckDB's notation; empty: its default
  std::filesystem::path temp_dir{};   // where DuckDB may spill, a folder of its own; empty: nowhere
  std::string spill_limit{};          // how much, "100GB"; empty: DuckDB's default
  std::int64_t max_rows = kMaxRows;   // of each file
};

// A database that snapshots can be read in: DuckDB with our functions and settings.
std::unique_ptr<Database> open_database(const DatabaseOptions& options);

// For one thread at a time.
class Snapshot {
 public:
  // Opens the folder and its META.json. Throws Error{not_found} where there is no such folder or it
  // lacks a file that META.json lists, Error{bad_input} for a META.json that is none.
  explicit Snapshot(const SnapshotOptions& options);
  // In a session of a database from open_database(), for who reads many snapshots; missing files
  // are no error. No tables can be made.
  Snapshot(Connection connection, std::filesystem::path directory, std::int64_t max_rows);
  ~Snapshot();
  Snapshot(const Snapshot&) = delete;
  Snapshot& operator=(const Snapshot&) = delete;

  const std::filesystem::path& directory() const { return directory_; }
  const sot::SnapshotMeta& meta() const { return meta_; }
  bool has(File file) const;

  // META.json's; else the flows', the alerts' most frequent, and likewise. Empty, or 0, where no
  // file says.
  const std::string& network();
  const std::string& processing_date();
  std::int64_t window_days();

  // sha256 of the files that are there, by name. Throws Error{bad_input} naming the file that
  // differs from what META.json says of it.
  std::map<std::string, std::string> hash_files() const;

  // The file, opened once; source() also looks at its rows once. Throw Error{not_found} where it is
  // missing and Error{bad_input} where it cannot be read; source() also, with column, values and
  // the number of rows, for empty keys and rows of another network or day than META.json's.
  const ParquetSource& open(File file);
  const ParquetSource& source(File file);

  // A SELECT of `columns`, one row per alert, or per cluster: the row that counts
  // (docs/features.md). With `key` of that one alert or cluster alone; any other condition belongs
  // around it.
  std::string alerts(const std::vector<Column>& columns,
                     const std::optional<std::string>& key = std::nullopt);
  std::string clusters(const std::vector<Column>& columns,
                       const std::optional<std::string>& key = std::nullopt);
  KeyRule alert_rule();
  KeyRule cluster_rule();

  // The session in which the canonical tables are made.
  Connection& connection() { return connection_; }
  // Makes the table, and those it stands on, unless it is there. Throws as source().
  void make(Table table);
  void make_all();
  // Table::address_flows without the families of features of which no column is wanted.
  void make_address_flows(const ColumnNames& wanted);
  // Read when first asked for, held until seal().
  DayFlows& day_flows();

  // From now on this database has its tables and no files: whatever SQL runs in it, in this session
  // or another one, can open no file, folder, database, extension or network address, and cannot
  // change a setting. One place is left: where SnapshotOptions::temp_dir names a folder, DuckDB
  // spills there, and COPY, ATTACH and read_blob reach what lies in it. Give it a folder that holds
  // nothing else and goes with the snapshot, and run nothing but a SELECT, which cannot write.
  // (Tried: the folder of spilled data is always an allowed one, and cannot be taken from the list;
  // its own files cannot be written without it.) CALL enable_logging stays possible and makes
  // DuckDB fail, so let strangers call no table function. Makes no table afterwards.
  void seal();

  // Another session with the same database, for files beside the snapshot's. REQUIRES: the
  // snapshot was opened by SnapshotOptions, and is not sealed
  Connection another_session() { return database_->connect(); }
  std::int64_t max_rows() const { return max_rows_; }
  int threads() const { return threads_; }
  Findings& findings() { return findings_; }

 private:
  void check_listed_files() const;
  void make_once(const std::string& name, const std::function<void(Snapshot&)>& steps);
  std::string most_frequent_of_alerts(const char* column);

  std::filesystem::path directory_;
  int threads_ = 1;
  std::int64_t max_rows_;
  sot::SnapshotMeta meta_;
  std::unique_ptr<Database> database_;  // null where the session is another's
  Connection connection_;
  Findings findings_;
  std::map<File, std::unique_ptr<ParquetSource>> sources_;
  std::set<File> checked_;
  std::unique_ptr<DayFlows> day_flows_;
  std::set<std::string> made_;  // tables
  bool is_sealed_ = false;
};

}  // namespace aml::snapshot
