#include "commands/alerts_file.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include "base/file_system.h"
#include "snapshot/keyed_rows.h"
#include "snapshot/snapshot.h"

namespace aml::commands {

namespace fs = std::filesystem;

bool is_text_table(const fs::path& path) {
  constexpr std::array<std::string_view, 4> kEndings{".csv", ".json", ".jsonl", ".ndjson"};
  return std::find(kEndings.begin(), kEndings.end(), path.extension().string()) != kEndings.end();
}

bool is_of_snapshot(const fs::path& path) {
  return path.filename() == name_of(snapshot::File::alerts) &&
         path_exists(path.parent_path() / sot::kMetaFile);
}

std::string select_alerts(Connection& connection, const snapshot::ParquetSource& source,
                          const std::vector<snapshot::Column>& wanted) {
  static const std::vector<snapshot::Column> columns = [] {
    std::vector<snapshot::Column> all = snapshot::alert_columns();
    for (snapshot::Column& column : all) column.is_required = column.name == "alert_id";
    return all;
  }();
  const auto days =
      most_frequent(connection, source, snapshot::column_named(columns, "window_days"));
  return select_kept(connection, source,
                     {"alert_id", days ? std::optional(std::stoll(*days)) : std::nullopt, &columns},
                     wanted);
}

}  // namespace aml::commands
