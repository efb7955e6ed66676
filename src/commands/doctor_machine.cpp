// The machine, as `doctor` sees it.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <sstream>

#include "base/error.h"
#include "base/file_system.h"
#include "base/files.h"
#include "base/parse_number.h"
#include "commands/doctor_checks.h"
#include "service/disk.h"

namespace aml::commands {

namespace {

namespace fs = std::filesystem;
using service::Configuration;

constexpr double kMb = 1e6;
constexpr std::uint64_t kMostProcBytes = 1 << 20;
// A day beside itself while it comes, and its batch.
constexpr std::uint64_t kCopies = 2;
// What `process` takes: days of 21 and 98 MB took 161 and 276 MB with one thread.
constexpr double kMemoryAtLeastMb = 300;
constexpr double kMemoryPerByte = 2;

std::string mb(double bytes) { return fmt::format("{:.0f} MB", bytes / kMb); }

// The folder, or the nearest above it that is there.
fs::path existing(fs::path folder) {
  folder = absolute_path(folder);
  while (!path_exists(folder) && folder.has_relative_path()) folder = folder.parent_path();
  return folder;
}

// What a day takes: as the SOT says, or as the largest on disk.
std::uint64_t day_bytes(const Configuration& configuration,
                        const std::optional<OfferedDay>& newest) {
  if (newest && newest->bytes > 0) return newest->bytes;
  std::uint64_t most = 0;
  for (const service::Stored& day : service::stored_days(configuration.input_root)) {
    most = std::max(most, day.bytes);
  }
  return most;
}

void examine_disk(const Configuration& configuration, std::uint64_t day, DoctorReport& report) {
  DoctorCheck check{"disk", Finding::unknown, configuration.input_root.string(), "", ""};
  const auto free = free_bytes(existing(configuration.input_root));
  if (!free || day == 0) {
    check.means = free ? fmt::format("{} are free; how much a day takes is not known yet",
                                     mb(static_cast<double>(*free)))
                       : "the system does not say how much is free";
    report.add(std::move(check));
    return;
  }
  std::uint64_t held = 0;
  for (const service::Stored& stored : service::stored_days(configuration.input_root)) {
    held += stored.bytes;
  }
  const auto days = static_cast<std::uint64_t>(configuration.inputs.days);
  const std::uint64_t bound = configuration.inputs.bytes;
  std::uint64_t all = (days + 1) * day;
  if (bound > 0) all = days == 0 ? bound : std::min(all, bound);
  const double room = static_cast<double>(*free) / static_cast<double>(day);
  check.means = fmt::format("a day takes {}, and there is room for {:.0f} more",
                            mb(static_cast<double>(day)), room);
  check.finding = Finding::fine;
  if (*free < kCopies * day) {
    check.finding = Finding::failing;
    check.to_do = "free space, or lower retention.input-days or input-gb";
  } else if (days == 0 && bound == 0) {
    check.finding = Finding::wanting;
    check.to_do = "inputs are kept for ever: set retention.input-days or input-gb";
  } else if (*free + held < all + day) {
    check.finding = Finding::wanting;
    check.to_do = fmt::format(
        "all that retention keeps takes {}: free space, or lower "
        "retention.input-days or input-gb",
        mb(static_cast<double>(all)));
  }
  report.add(std::move(check));
}

// What the kernel and the process's group still give; nothing where they do not say.
std::optional<double> available_memory() {
  std::optional<double> available;
  std::istringstream lines(read_file("/proc/meminfo", kMostProcBytes));
  for (std::string name, unit; lines >> name;) {
    double kilobytes = 0;
    lines >> kilobytes;
    std::getline(lines, unit);
    if (name == "MemAvailable:") available = kilobytes * 1024;
  }
  const fs::path bound = "/sys/fs/cgroup/memory.max";
  if (!path_exists(bound)) return available;
  std::string text = read_file(bound, kMostProcBytes);
  while (text.ends_with('\n')) text.pop_back();
  const auto most = parse_number<double>(text);
  return most && available ? std::min(*most, *available) : available;
}

void examine_memory(std::uint64_t day, DoctorReport& report) {
  DoctorCheck check{"memory", Finding::unknown, "/proc/meminfo and the control group", "", ""};
  try {
    const auto available = available_memory();
    const double needed = kMemoryAtLeastMb * kMb + kMemoryPerByte * static_cast<double>(day);
    if (!available) {
      check.means = "the system does not say what is available";
    } else if (day == 0) {
      check.means =
          fmt::format("{} are available; what a day takes is not known yet", mb(*available));
    } else {
      check.means =
          fmt::format("{} are available, and such a day takes some {}", mb(*available), mb(needed));
      check.finding = *available < needed ? Finding::wanting : Finding::fine;
      if (*available < needed) {
        check.to_do =
            "end what else takes memory, or lower process.memory-limit and "
            "process.threads: it then spills to disk, and takes longer";
      }
    }
  } catch (const Error& e) {
    check.means = e.what();
  }
  report.add(std::move(check));
}

}  // namespace

void examine_machine(const Configuration& configuration, const std::optional<OfferedDay>& newest,
                     DoctorReport& report) {
  std::uint64_t day = 0;
  try {
    day = day_bytes(configuration, newest);
    examine_disk(configuration, day, report);
  } catch (const Error& e) {
    report.add({"disk", Finding::failing, configuration.input_root.string(), e.what(),
                "give the service a folder that it may read and write"});
  }
  examine_memory(day, report);
}

}  // namespace aml::commands
