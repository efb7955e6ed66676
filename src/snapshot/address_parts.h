#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "flows/address_part.h"
#include "snapshot/tables.h"

// What needs all transfers of one address and no others, cut into parts of the addresses: each is
// computed by itself, wherever that is, of a graph of its own. GraphElsewhere takes the tables of
// all parts together.
namespace aml::snapshot {

class Snapshot;

// More parts of one day are refused: each reads the file twice.
inline constexpr int kMostAddressParts = 1000;

// The subjects that have transfers in their window: a table beside those of features.
inline constexpr const char* kSubjectsOfFlows = "subjects_of_flows";
// What a part's folder says of itself.
inline constexpr const char* kAddressPartFile = "part.json";

// What is made of a part.
struct AddressPartTables {
  bool address_flows = false;  // the families that need all transfers of an address
  ColumnNames columns{};       // of which one of these is wanted
  bool flows = false;
  bool subject_flows = false;

  // Names of the files.
  std::vector<std::string> files() const;
};

// Writes into a folder that is there the tables of the part's subjects, {table}.parquet, and
// part.json: rows of each, and flow_counts, which added up over all parts are the whole's. Throws
// as Snapshot::source, and Error{usage} where the snapshot has no transfers by time. REQUIRES: no
// table of flows was made of the snapshot.
void write_address_part(Snapshot& snapshot, const flows::AddressPart& part,
                        const AddressPartTables& tables, const std::filesystem::path& folder);

}  // namespace aml::snapshot
