#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/database.h"
#include "base/date.h"
#include "snapshot/snapshot.h"

// What lies behind a score: the rows of a day's input and the money flows around an address, read
// for people who look. Nothing here scores anything.
namespace aml::evidence {

// The input folder of a day as it is at this moment; files come, go and are replaced at any time.
struct InputDay {
  Date date;
  std::filesystem::path directory{};
  bool has_alerts = false;
  bool has_clusters = false;
  bool has_flows = false;
  bool has_kept = false;  // what stays of a day (known/kept_day.h)
  // Names what the files hold: another text for another file, also of the same day.
  std::string identity{};
};

struct InputLimits {
  // Enough for the pairs around the busiest address of 5 million flows; a stranger's question must
  // not take the whole machine.
  std::string memory = "1GB";
  std::int64_t max_rows = snapshot::kMaxRows;  // of each file
};

// The folders that `download` filled: {root}/{YYYY-MM-DD}/. May be called from any thread.
class InputRoot {
 public:
  // No root: no day has any input.
  explicit InputRoot(std::optional<std::filesystem::path> root, InputLimits limits = {});

  // A look at the disk: a stat() for each file. Never throws; what is not there is not there.
  InputDay find(Date date) const;

  // The days of which something stayed, newest first.
  std::vector<Date> kept_dates() const;
  // Of a day that has_kept. REQUIRES: there is a root
  std::filesystem::path kept_file(Date date) const;

  // The day's input, read in bounded memory, for one thread. Throws Error{bad_input} where its
  // META.json is none.
  std::unique_ptr<snapshot::Snapshot> open(const InputDay& day) const;

 private:
  std::optional<std::filesystem::path> root_;
  InputLimits limits_;
  mutable std::once_flag opened_;
  mutable std::unique_ptr<Database> database_;
};

}  // namespace aml::evidence
