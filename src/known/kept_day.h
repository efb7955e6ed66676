#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/database.h"
#include "base/date.h"
#include "base/error.h"
#include "known/label.h"
#include "snapshot/snapshot.h"

// The small file that stays of a day once its input is gone, {root}/kept/{YYYY-MM-DD}.parquet: what
// a history and the page read of it. docs/operations.md has its columns.
namespace aml::known {

inline constexpr int kKeptFormat = 1;

std::filesystem::path kept_file(const std::filesystem::path& root, Date date);
// The days of which there is one, newest first.
std::vector<Date> kept_dates(const std::filesystem::path& root);

// What became of a day's alerts, and where that stands.
struct TruthFile {
  std::filesystem::path path;
  bool is_in_folder = false;  // of the day, and not in the root
};
// The truth that counts of a day of a root; nothing where there is none.
std::optional<TruthFile> find_truth(const std::filesystem::path& root, Date date);

// Throws Error{bad_input}, with the folder and the file that says so, where an input is of another
// day than its folder is named after: known by its name, what comes later would tell of today.
void require_day(snapshot::Snapshot& input, Date date);

// The two tables of a batch in SQL, with alert_id and score, and alert_id and rank; empty: none.
struct KeptScores {
  std::string scores{};
  std::string ranks{};
  std::vector<std::filesystem::path> files{};  // that they are read from
};

// That a day's alerts are missing or damaged, as every later try will find them.
class UnreadableAlerts : public Error {
 public:
  using Error::Error;
};

// Writes the small file of an input {root}/{date}/, with the truth that is known by now. Scores are
// those of the batch; without one that can be read, those of the file that is replaced stay. A
// truth or scores that are damaged are left out, with a warning. It appears whole or not at all.
// Throws UnreadableAlerts, also where the input is of another day; any other Error may pass.
void write_kept_day(Database& database, const std::filesystem::path& root, Date date,
                    const KeptScores& batch, std::int64_t max_rows);

// A row of the file.
struct KeptAlert {
  std::string alert_id;
  std::string address;
  std::string typology_type;
  std::string severity;
  std::optional<int> is_reported;  // 1 or 0
};

struct KeptDay {
  std::string network;
  std::vector<KeptAlert> alerts;  // by alert_id
  // Of the truth that it holds.
  std::optional<FileTime> truth_time;
  bool is_truth_of_folder = false;
  std::int64_t truth_rows = 0;
};

// Throws Error{bad_input} for what is no such file, or is of a newer format.
KeptDay read_kept_day(Connection& connection, const std::filesystem::path& file,
                      std::int64_t max_rows);

// The file as a table in SQL, with the columns alert_id, address, typology_type, severity,
// volume_usd, score and rank.
std::string kept_table(const std::filesystem::path& file);

}  // namespace aml::known
