#include "commands/output_folder.h"

#include <fmt/format.h>

#include "base/date.h"
#include "base/error.h"
#include "base/file_system.h"
#include "results/metadata.h"
#include "results/reader.h"

namespace aml::commands {

namespace fs = std::filesystem;

std::optional<sot::SnapshotKind> earlier_batch(const fs::path& output) {
  if (!path_exists(output)) return std::nullopt;
  if (!is_folder(output)) {
    throw Error(ErrorKind::usage, fmt::format("--output-dir {} is a file", output.string()));
  }
  if (list_folder(output).empty()) return std::nullopt;
  try {
    const results::Metadata metadata = results::read_metadata(output);
    return sot::SnapshotKind{metadata.network, metadata.window_days};
  } catch (const Error&) {
    throw Error(
        ErrorKind::usage,
        fmt::format("--output-dir {} holds other files and no batch, and would be replaced; "
                    "name another folder",
                    output.string()));
  }
}

void refuse_other_day(const fs::path& output, const std::string& processing_date) {
  const std::string name = output.filename().string();
  if (processing_date.empty()) {
    throw Error(ErrorKind::bad_input,
                "the snapshot has no rows that tell its day: write processing_date into META.json");
  }
  if (Date::parse(name) && name != processing_date) {
    throw Error(
        ErrorKind::usage,
        fmt::format("--output-dir {} is named after another day than the snapshot's {}; name "
                    "it {}",
                    output.string(), processing_date,
                    (output.parent_path() / processing_date).string()));
  }
}

}  // namespace aml::commands
