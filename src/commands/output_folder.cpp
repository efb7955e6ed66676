#include "commands/output_folder.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <string>
#include <vector>

#include "base/date.h"
#include "base/error.h"
#include "base/file_system.h"
#include "results/metadata.h"
#include "results/reader.h"
#include "results/rows.h"

namespace aml::commands {

namespace fs = std::filesystem;

namespace {

// All that `process` writes, and META.json of the snapshot, which stands beside it where `run`
// publishes.
constexpr const char* kBatchFiles[] = {results::kAlertsScoredFile,
                                       results::kAlertsRankedFile,
                                       results::kClustersScoredFile,
                                       results::kAlertsShadowFile,
                                       results::kMetadataFile,
                                       results::kFeaturesFile,
                                       results::kCounterfactualsFile,
                                       results::kFirstStageFile,
                                       results::kKnownAddressesFile,
                                       results::kModelCardsFile,
                                       sot::kMetaFile};

bool is_of_a_batch(const std::string& name) {
  return std::ranges::find(kBatchFiles, name) != std::end(kBatchFiles);
}

}  // namespace

std::optional<sot::SnapshotKind> earlier_batch(const fs::path& output) {
  if (!path_exists(output)) return std::nullopt;
  if (!is_folder(output)) {
    throw Error(ErrorKind::usage, fmt::format("--output-dir {} is a file", output.string()));
  }
  const std::vector<fs::path> files = list_folder(output);
  if (files.empty()) return std::nullopt;
  std::optional<sot::SnapshotKind> kind;
  try {
    const results::Metadata metadata = results::read_metadata(output);
    kind.emplace(metadata.network, metadata.window_days);
  } catch (const Error&) {
    throw Error(
        ErrorKind::usage,
        fmt::format("--output-dir {} holds other files and no batch, and would be replaced; "
                    "name another folder",
                    output.string()));
  }
  for (const fs::path& file : files) {
    if (is_of_a_batch(file.filename().string())) continue;
    throw Error(ErrorKind::usage,
                fmt::format("--output-dir {} holds {}, which belongs to no batch and would be "
                            "lost; move it, or name another folder",
                            output.string(), file.filename().string()));
  }
  return kind;
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
