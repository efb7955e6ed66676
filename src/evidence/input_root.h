#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "base/database.h"
#include "base/date.h"

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
  // Names what the three files hold: another text for another file, also of the same day.
  std::string identity{};
};

// The folders that `download` filled: {root}/{YYYY-MM-DD}/. May be called from any thread.
class InputRoot {
 public:
  // No root: no day has any input.
  explicit InputRoot(std::optional<std::filesystem::path> root);

  // A look at the disk: three stat(). Never throws; what is not there is not there.
  InputDay find(Date date) const;

  // A session with the database that reads the files, of bounded memory, for one thread.
  Connection connect() const;

 private:
  std::optional<std::filesystem::path> root_;
  mutable std::once_flag opened_;
  mutable std::unique_ptr<Database> database_;
};

}  // namespace aml::evidence
