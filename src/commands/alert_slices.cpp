#include "commands/alert_slices.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <optional>

#include "base/database.h"
#include "base/file_system.h"
#include "commands/alerts_file.h"
#include "snapshot/snapshot.h"

namespace aml::commands {

namespace fs = std::filesystem;

namespace {

using snapshot::Column;
using snapshot::Kind;
using snapshot::ParquetSource;

const std::vector<Column> kWanted{{"alert_id", Kind::text, true},
                                  {"address", Kind::text},
                                  {"volume_usd", Kind::money},
                                  {"alert_confidence_score", Kind::number}};

}  // namespace

AlertSlices read_alert_slices(const fs::path& path, const std::vector<std::string>& ids,
                              std::int64_t max_rows) {
  const auto database = snapshot::open_database({.threads = 1});
  Connection connection = database->connect();
  const double unknown = std::numeric_limits<double>::quiet_NaN();
  AlertSlices slices;
  slices.addresses.resize(ids.size());
  slices.volumes.assign(ids.size(), unknown);
  slices.confidences.assign(ids.size(), unknown);
  std::string select;
  std::unique_ptr<snapshot::Snapshot> input;
  std::optional<ParquetSource> source;
  if (is_of_snapshot(path)) {
    input = std::make_unique<snapshot::Snapshot>(database->connect(),
                                                 absolute_path(path).parent_path(), max_rows);
    slices.network = input->meta().network;
    select = input->alerts(kWanted);
  } else {
    source.emplace(connection, path, ParquetSource::Options{.max_rows = max_rows});
    select = select_alerts(connection, *source, kWanted);
  }
  QueryResult rows = connection.query(
      "SELECT alert_id, address, CAST(volume_usd AS DOUBLE), alert_confidence_score FROM (" +
      select + ") WHERE alert_id IS NOT NULL");
  while (const auto chunk = rows.next()) {
    for (std::size_t row = 0; row < chunk->rows(); ++row) {
      const std::string id(chunk->column(0).as_text(row));
      const auto found = std::lower_bound(ids.begin(), ids.end(), id);
      if (found == ids.end() || *found != id) continue;
      const auto i = static_cast<std::size_t>(found - ids.begin());
      if (!chunk->column(1).is_null(row)) slices.addresses[i] = chunk->column(1).as_text(row);
      if (!chunk->column(2).is_null(row)) slices.volumes[i] = chunk->column(2).as_double(row);
      if (!chunk->column(3).is_null(row)) slices.confidences[i] = chunk->column(3).as_double(row);
    }
  }
  return slices;
}

std::vector<std::string> read_alerted_addresses(const std::vector<std::string>& paths,
                                                std::int64_t max_rows) {
  const auto database = snapshot::open_database({.threads = 1});
  Connection connection = database->connect();
  std::vector<std::string> addresses;
  const Column address{"address", Kind::text, true};
  for (const std::string& path : paths) {
    const ParquetSource source(connection, path, {.max_rows = max_rows});
    QueryResult rows =
        source.query(connection, "SELECT DISTINCT " + source.expression(connection, address) +
                                     " FROM " + source.table() + " r");
    while (const auto chunk = rows.next()) {
      for (std::size_t row = 0; row < chunk->rows(); ++row) {
        if (!chunk->column(0).is_null(row)) addresses.emplace_back(chunk->column(0).as_text(row));
      }
    }
  }
  std::sort(addresses.begin(), addresses.end());
  addresses.erase(std::unique(addresses.begin(), addresses.end()), addresses.end());
  return addresses;
}

const char* size_name(double volume_usd) {
  if (std::isnan(volume_usd)) return "unknown";
  if (volume_usd < 1e3) return "below 1,000 USD";
  if (volume_usd < 1e4) return "1,000 to 10,000 USD";
  if (volume_usd < 1e5) return "10,000 to 100,000 USD";
  return "100,000 USD and more";
}

}  // namespace aml::commands
