#include "evidence/input_root.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <iterator>
#include <utility>

#include "snapshot/decimal_function.h"
#include "sot/snapshot.h"

namespace aml::evidence {

namespace {

// Whether the regular file is there; its device, inode, times and size join `identity`, "-" where
// it is not.
bool look_at(const std::filesystem::path& path, std::string& identity) {
  struct stat status{};
  if (::stat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) {
    identity += "- ";
    return false;
  }
  fmt::format_to(std::back_inserter(identity), "{:x}.{:x}.{:x}.{:x}.{:x}.{:x}.{:x} ", status.st_dev,
                 status.st_ino, status.st_mtim.tv_sec, status.st_mtim.tv_nsec,
                 status.st_ctim.tv_sec, status.st_ctim.tv_nsec, status.st_size);
  return true;
}

}  // namespace

InputRoot::InputRoot(std::optional<std::filesystem::path> root) : root_(std::move(root)) {}

InputDay InputRoot::find(Date date) const {
  InputDay day{.date = date};
  if (!root_) return day;
  day.directory = *root_ / date.text();
  day.has_alerts = look_at(day.directory / sot::kAlertsFile, day.identity);
  day.has_clusters = look_at(day.directory / sot::kClustersFile, day.identity);
  day.has_flows = look_at(day.directory / sot::kMoneyFlowsFile, day.identity);
  return day;
}

Connection InputRoot::connect() const {
  // Enough for the pairs around the busiest address of 5 million flows; a stranger's question must
  // not take the whole machine.
  constexpr const char* kMemoryLimit = "1GB";
  std::call_once(opened_, [&] {
    auto database = std::make_unique<Database>(DatabaseOptions{.memory_limit = kMemoryLimit});
    snapshot::register_decimal_to_double(database->connect());
    database_ = std::move(database);
  });
  return database_->connect();
}

}  // namespace aml::evidence
