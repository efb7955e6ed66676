#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/date.h"

// A snapshot's names and its META.json, as shared between producers and readers.
namespace aml::sot {

inline constexpr const char* kAlertsFile = "alerts.parquet";
inline constexpr const char* kFeaturesFile = "features.parquet";
inline constexpr const char* kClustersFile = "clusters.parquet";
inline constexpr const char* kMoneyFlowsFile = "money_flows.parquet";
inline constexpr const char* kMetaFile = "META.json";

// "ground_truth_2025-10-26.parquet"
std::string ground_truth_file_name(Date processing_date);

// "address_labels_2025-10-26.parquet"
std::string address_labels_file_name(Date date);

// META.json comes from a producer: it may have so many bytes and name so many files.
inline constexpr std::uint64_t kMostMetaBytes = 1 << 20;
inline constexpr std::size_t kMostFiles = 100;

// Which snapshot: one network, one processing date, one window.
struct SnapshotId {
  std::string network;
  Date processing_date;
  int window_days = 0;
  // "bitcoin/2025-10-26/7"
  std::string path() const;
};

// What META.json says of one file; what it does not say cannot be verified.
struct FileCheck {
  std::optional<std::uint64_t> size;
  std::optional<std::string> md5;     // lowercase hex
  std::optional<std::string> sha256;  // lowercase hex
};

// META.json. Checksums stand under files.{name}.md5, under sha256.{name}, or both.
struct SnapshotMeta {
  std::string network;           // empty where the file does not say
  std::string processing_date;   // likewise
  std::int64_t window_days = 0;  // likewise 0
  std::map<std::string, FileCheck> files;

  // Throws Error{bad_input} that names `where` for text that is no META.json, or is beyond the
  // limits above.
  static SnapshotMeta parse(std::string_view json, const std::string& where);
  std::string to_json() const;
};

// What two snapshots of a day may differ in.
struct SnapshotKind {
  std::string network;           // empty: not known
  std::int64_t window_days = 0;  // 0: not known
};

// Of the snapshot in a folder, by its META.json; nothing where there is none that can be read.
std::optional<SnapshotKind> kind_in(const std::filesystem::path& folder);
// Throws Error{usage} where `folder` holds what is of another network or window than what is to
// replace it, and so was hardly meant; where one of both is not known it may be.
void require_same_kind(const std::filesystem::path& folder, const SnapshotKind& held,
                       const SnapshotKind& wanted);

// sha256 of the lines "{sha256 hex}  {file name}\n" of a snapshot's Parquet files sorted by name:
// it names the snapshot's content. `sha256_by_name` may hold other files; they do not count.
std::string snapshot_sha256(const std::map<std::string, std::string>& sha256_by_name);

}  // namespace aml::sot
