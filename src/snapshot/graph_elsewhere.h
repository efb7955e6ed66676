#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>

#include "flows/feature.h"

namespace aml::snapshot {

class Snapshot;

// Families of features that another engine has computed by graph_steps():
// {folder}/family_{name}.parquet, a file or a folder of part files, and graph.json, which says of
// what they were made (snapshot_sha256) and how many rows each has (rows). The snapshot must live
// as long.
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

 private:
  Snapshot& snapshot_;
  std::filesystem::path folder_;
  std::map<std::string, std::int64_t> rows_;  // by family
};

}  // namespace aml::snapshot
