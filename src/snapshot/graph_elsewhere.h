#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "flows/feature.h"
#include "snapshot/parquet_source.h"

namespace aml::snapshot {

class Snapshot;

// The name of a family's table.
std::string family_table(const flows::FeatureSet& family);

// Families of features that another engine has computed by graph_steps():
// {folder}/family_{name}.parquet, a file or a folder of part files, and graph.json, which says of
// what they were made (snapshot_sha256) and how many rows each has (rows). The snapshot must live
// as long. Likewise what the parts of the addresses have made of it (address_parts.h): families,
// the tables flows and subject_flows, the subjects that have transfers, and flow_counts of all.
class GraphElsewhere {
 public:
  // Throws Error{not_found} where there is no graph.json, and Error{bad_input} naming it where it
  // is of another form or says that another snapshot is meant.
  GraphElsewhere(Snapshot& snapshot, const std::filesystem::path& folder);

  // Whether graph.json has that family.
  bool has(const flows::FeatureSet& family) const;
  // The family's features of these subjects, ascending. Throws as ParquetSource, and
  // Error{bad_input} naming the file where it has not the rows that graph.json says, lacks a column
  // or a subject, or has one twice. REQUIRES: has()
  flows::Columns features(const flows::FeatureSet& family,
                          std::span<const std::int64_t> subject_ids) const;
  // Whether graph.json has that table, by its name.
  bool has(const std::string& table) const { return rows_.contains(table); }
  // Makes that table in the snapshot's session, as it lies there. Throws likewise. REQUIRES: has()
  void make(const std::string& table) const;
  // Those that have transfers, ascending. Throws likewise. REQUIRES: has(kSubjectsOfFlows)
  std::vector<std::int64_t> subjects() const;
  // Of all transfers, as Findings has them; empty where graph.json has none.
  const std::map<std::string, std::int64_t>& flow_counts() const { return flow_counts_; }

 private:
  Snapshot& snapshot_;
  std::filesystem::path folder_;
  ParquetSource open(const std::string& table) const;

  std::map<std::string, std::int64_t> rows_;  // by table
  std::map<std::string, std::int64_t> flow_counts_;
};

}  // namespace aml::snapshot
