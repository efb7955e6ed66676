#include "snapshot/snapshot.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/date.h"
#include "base/error.h"
#include "base/file_system.h"
#include "base/files.h"
#include "base/threads.h"
#include "snapshot/data_files.h"
#include "snapshot/day_flows.h"
#include "snapshot/decimal_function.h"
#include "snapshot/money_flows.h"
#include "snapshot/row_checks.h"
#include "snapshot/tables.h"

namespace aml::snapshot {

namespace fs = std::filesystem;

namespace {

sot::SnapshotMeta read_meta(const fs::path& directory) {
  const fs::path path = directory / sot::kMetaFile;
  if (!file_size_if_exists(path)) return {};
  sot::SnapshotMeta meta =
      sot::SnapshotMeta::parse(read_file(path, sot::kMostMetaBytes), path.string());
  if (!meta.processing_date.empty() && !Date::parse(meta.processing_date)) {
    throw Error(ErrorKind::bad_input,
                fmt::format("{}: processing_date is '{}', but a date YYYY-MM-DD is needed",
                            path.string(), meta.processing_date));
  }
  return meta;
}

const std::vector<Column>& schema_of(File file, const ParquetSource& source) {
  switch (file) {
    case File::alerts:
      return alert_columns();
    case File::features:
      return feature_columns();
    case File::clusters:
      return cluster_columns();
    case File::money_flows:
      break;
  }
  return flow_schema(source);
}

}  // namespace

const char* name_of(File file) {
  switch (file) {
    case File::alerts:
      return sot::kAlertsFile;
    case File::features:
      return sot::kFeaturesFile;
    case File::clusters:
      return sot::kClustersFile;
    case File::money_flows:
      return sot::kMoneyFlowsFile;
  }
  return "";
}

std::unique_ptr<Database> open_database(const DatabaseOptions& options) {
  auto database = std::make_unique<Database>(options);
  Connection connection = database->connect();
  connection.run("SET GLOBAL TimeZone = 'UTC'");
  register_decimal_to_double(connection);
  return database;
}

Snapshot::Snapshot(const SnapshotOptions& options)
    : directory_(options.directory),
      threads_(options.threads > 0 ? options.threads : available_processors()),
      max_rows_(options.max_rows),
      database_(open_database({.threads = options.threads,
                               .memory_limit = options.memory_limit,
                               .temp_directory = options.temp_dir.string(),
                               .spill_limit = options.spill_limit})),
      connection_(database_->connect()) {
  if (!is_folder(directory_)) {
    throw Error(ErrorKind::not_found,
                fmt::format("{} is no directory: name one that holds a snapshot by --input-dir",
                            directory_.string()));
  }
  meta_ = read_meta(directory_);
  check_listed_files();
}

Snapshot::Snapshot(Connection connection, fs::path directory, std::int64_t max_rows)
    : directory_(std::move(directory)),
      max_rows_(max_rows),
      meta_(read_meta(directory_)),
      connection_(std::move(connection)) {}

Snapshot::~Snapshot() = default;

// Those that `download` fetches; the truth comes later than the snapshot.
void Snapshot::check_listed_files() const {
  for (const auto& [name, check] : meta_.files) {
    if (!name.ends_with(".parquet") || name.starts_with("ground_truth_")) continue;
    if (is_there(directory_ / name)) continue;
    throw Error(ErrorKind::not_found,
                fmt::format("{} is not there, but META.json lists it: download the snapshot again",
                            (directory_ / name).string()));
  }
}

bool Snapshot::has(File file) const { return is_there(directory_ / name_of(file)); }

std::string Snapshot::most_frequent_of_alerts(const char* column) {
  return most_frequent(connection_, source(File::alerts), column_named(alert_columns(), column))
      .value_or("");
}

const std::string& Snapshot::network() {
  if (meta_.network.empty() && has(File::money_flows)) {
    const ParquetSource& flows = source(File::money_flows);
    const Column column{"network", Kind::text};
    meta_.network =
        connection_
            .query_text(fmt::format("SELECT min({}) FROM {} r",
                                    flows.expression(connection_, column), flows.table()))
            .value_or("");
  }
  return meta_.network;
}

const std::string& Snapshot::processing_date() {
  if (meta_.processing_date.empty()) {
    meta_.processing_date = most_frequent_of_alerts("processing_date");
  }
  return meta_.processing_date;
}

std::int64_t Snapshot::window_days() {
  if (meta_.window_days == 0) {
    const std::string days = most_frequent_of_alerts("window_days");
    meta_.window_days = days.empty() ? 0 : std::stoll(days);
  }
  return meta_.window_days;
}

std::map<std::string, std::string> Snapshot::hash_files() const {
  std::vector<File> files;
  std::copy_if(kFiles.begin(), kFiles.end(), std::back_inserter(files),
               [&](File file) { return has(file); });
  std::vector<std::string> digests(files.size());
  parallel_blocks(files.size(), 1, threads_, [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) {
      const auto stated = meta_.files.find(name_of(files[i]));
      digests[i] = verified_sha256(directory_ / name_of(files[i]),
                                   stated == meta_.files.end() ? sot::FileCheck{} : stated->second);
    }
  });
  std::map<std::string, std::string> by_name;
  for (std::size_t i = 0; i < files.size(); ++i) by_name[name_of(files[i])] = digests[i];
  return by_name;
}

const ParquetSource& Snapshot::open(File file) {
  std::unique_ptr<ParquetSource>& known = sources_[file];
  if (known) return *known;
  if (!has(file)) {
    throw Error(ErrorKind::not_found,
                fmt::format("{} does not exist: download the snapshot, or name the folder that "
                            "holds it with --input-dir",
                            (directory_ / name_of(file)).string()));
  }
  auto opened = std::make_unique<ParquetSource>(connection_, directory_ / name_of(file),
                                                ParquetSource::Options{.max_rows = max_rows_});
  for (std::string& remark : opened->remarks(schema_of(file, *opened))) {
    findings_.warnings.push_back(std::move(remark));
  }
  known = std::move(opened);
  return *known;
}

const ParquetSource& Snapshot::source(File file) {
  const ParquetSource& source = open(file);
  if (checked_.contains(file)) return source;
  // A transfer without an end is passed over.
  const bool has_keys = file != File::money_flows;
  refuse_foreign_rows(connection_, source,
                      has_keys ? schema_of(file, source) : std::vector<Column>{}, meta_);
  checked_.insert(file);
  return source;
}

KeyRule Snapshot::alert_rule() { return {"alert_id", window_days(), &alert_columns()}; }
KeyRule Snapshot::cluster_rule() { return {"cluster_id", window_days(), &cluster_columns()}; }

std::string Snapshot::alerts(const std::vector<Column>& columns,
                             const std::optional<std::string>& key) {
  return select_kept(connection_, source(File::alerts), alert_rule(), columns, key);
}

std::string Snapshot::clusters(const std::vector<Column>& columns,
                               const std::optional<std::string>& key) {
  return select_kept(connection_, source(File::clusters), cluster_rule(), columns, key);
}

void Snapshot::make(Table table) {
  if (table == Table::address_flows) return make_address_flows(std::nullopt);
  make_once("keyed tables", make_keyed_tables);
  if (table == Table::features) make_once("features", make_features);
  if (table == Table::flows) make_once("flows", make_flows);
  if (table == Table::subject_flows) make_once("subject_flows", make_subject_flows);
  if (table == Table::known_addresses) make_once("known_addresses", make_known_tables);
}

void Snapshot::make_address_flows(const ColumnNames& wanted) {
  make_once("keyed tables", make_keyed_tables);
  make_once("address_flows",
            [&](Snapshot& snapshot) { snapshot::make_address_flows(snapshot, wanted); });
}

void Snapshot::make_once(const std::string& name, const std::function<void(Snapshot&)>& steps) {
  if (made_.contains(name)) return;
  if (is_sealed_) throw Error(ErrorKind::internal, "a sealed snapshot is asked for a table");
  steps(*this);
  made_.insert(name);
}

void Snapshot::make_all() {
  for (const Table table : {Table::features, Table::flows, Table::subject_flows,
                            Table::known_addresses, Table::address_flows}) {
    make(table);
  }
}

DayFlows& Snapshot::day_flows() {
  if (!day_flows_) day_flows_ = std::make_unique<DayFlows>(*this);
  return *day_flows_;
}

void Snapshot::seal() {
  connection_.run("SET enable_external_access = false; SET lock_configuration = true");
  is_sealed_ = true;
  day_flows_.reset();
}

}  // namespace aml::snapshot
