#include "sot/snapshot.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/files.h"
#include "base/hash.h"
#include "base/hex.h"
#include "base/json_text.h"
#include "base/lower_case.h"

namespace aml::sot {
namespace {

using nlohmann::json;

constexpr int kDeepestMeta = 16;
constexpr std::size_t kLongestName = 200;

[[noreturn]] void refuse(const std::string& where, const std::string& why) {
  throw Error(ErrorKind::bad_input, fmt::format("{} is no META.json: {}", where, why));
}

// A checksum as lowercase hex of `digits` digits; quotes of an ETag are accepted.
std::string checksum(const json& value, std::size_t digits, const std::string& where,
                     const std::string& key) {
  std::string text = in_lower_case(value.is_string() ? value.get<std::string>() : "");
  if (!is_lower_hex(text, digits)) {
    refuse(where, fmt::format("{} must be a string of {} hexadecimal digits", key, digits));
  }
  return text;
}

// Names become paths on this machine, so one that leads elsewhere is an attack or a mistake; and
// they are printed.
void check_name(const std::string& name, const std::string& where) {
  const bool odd = std::any_of(name.begin(), name.end(), [](unsigned char c) {
    return c < 0x20 || c == 0x7F || c == '/' || c == '\\';
  });
  if (name.empty() || name[0] == '.' || name.size() > kLongestName || odd) {
    std::string shown = name.substr(0, kLongestName);
    std::replace_if(
        shown.begin(), shown.end(), [](unsigned char c) { return c < 0x20 || c >= 0x7F; }, '?');
    refuse(where, fmt::format("'{}' is no name of a file", shown));
  }
}

const json* member(const json& object, const char* key) {
  const auto found = object.find(key);
  return found == object.end() || found->is_null() ? nullptr : &*found;
}

FileCheck file_check(const json& value, const std::string& where, const std::string& name) {
  FileCheck check;
  const std::string key = "files." + name;
  if (value.is_string()) {  // the oldest producers wrote the md5 itself
    check.md5 = checksum(value, 32, where, key);
    return check;
  }
  if (!value.is_object()) {
    refuse(where, key + " must be an object");
  }
  if (const json* size = member(value, "size")) {
    if (!size->is_number_unsigned()) {
      refuse(where, key + ".size must be a number of bytes");
    }
    check.size = size->get<std::uint64_t>();
  }
  if (const json* md5 = member(value, "md5")) {
    check.md5 = checksum(*md5, 32, where, key + ".md5");
  }
  if (const json* sha256 = member(value, "sha256")) {
    check.sha256 = checksum(*sha256, 64, where, key + ".sha256");
  }
  return check;
}

void read_files(const json& meta, const std::string& where, SnapshotMeta& result) {
  if (const json* files = member(meta, "files")) {
    if (!files->is_object()) {
      refuse(where, "files must be an object");
    }
    for (const auto& [name, value] : files->items()) {
      check_name(name, where);
      result.files[name] = file_check(value, where, name);
    }
  }
  if (const json* digests = member(meta, "sha256")) {
    if (!digests->is_object()) {
      refuse(where, "sha256 must be an object");
    }
    for (const auto& [name, value] : digests->items()) {
      check_name(name, where);
      result.files[name].sha256 = checksum(value, 64, where, "sha256." + name);
    }
  }
}

std::string text_of(const json& meta, const char* key, const std::string& where) {
  const json* value = member(meta, key);
  if (value != nullptr && !value->is_string()) {
    refuse(where, fmt::format("{} must be a string", key));
  }
  return value == nullptr ? "" : value->get<std::string>();
}

}  // namespace

std::string ground_truth_file_name(Date processing_date) {
  return "ground_truth_" + processing_date.text() + ".parquet";
}

std::string address_labels_file_name(Date date) {
  return fmt::format("address_labels_{}.parquet", date.text());
}

std::string SnapshotId::path() const {
  return fmt::format("{}/{}/{}", network, processing_date.text(), window_days);
}

SnapshotMeta SnapshotMeta::parse(std::string_view text, const std::string& where) {
  if (text.size() > kMostMetaBytes) {
    refuse(where, fmt::format("it has over {} bytes", kMostMetaBytes));
  }
  if (nests_deeper(text, kDeepestMeta)) refuse(where, "it is nested too deep");
  const json meta = json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!meta.is_object()) {
    refuse(where, "it is not a JSON object");
  }
  SnapshotMeta result;
  result.network = text_of(meta, "network", where);
  result.processing_date = text_of(meta, "processing_date", where);
  if (const json* days = member(meta, "window_days")) {
    if (!days->is_number_integer()) {
      refuse(where, "window_days must be a whole number");
    }
    result.window_days = days->get<std::int64_t>();
  }
  read_files(meta, where, result);
  if (result.files.size() > kMostFiles) {
    refuse(where, fmt::format("it names over {} files", kMostFiles));
  }
  return result;
}

std::string SnapshotMeta::to_json() const {
  nlohmann::ordered_json meta;
  meta["network"] = network;
  meta["processing_date"] = processing_date;
  meta["window_days"] = window_days;
  meta["files"] = nlohmann::ordered_json::object();
  for (const auto& [name, check] : files) {
    nlohmann::ordered_json& file = meta["files"][name];
    file = nlohmann::ordered_json::object();
    if (check.md5) {
      file["md5"] = *check.md5;
    }
    if (check.sha256) {
      file["sha256"] = *check.sha256;
    }
    if (check.size) {
      file["size"] = *check.size;
    }
  }
  return meta.dump(2) + "\n";
}

std::optional<SnapshotKind> kind_in(const std::filesystem::path& folder) {
  const std::filesystem::path path = folder / kMetaFile;
  if (!file_size_if_exists(path)) {
    return std::nullopt;
  }
  try {
    const SnapshotMeta meta = SnapshotMeta::parse(read_file(path, kMostMetaBytes), path.string());
    return SnapshotKind{meta.network, meta.window_days};
  } catch (const Error&) {
    return std::nullopt;
  }
}

void require_same_kind(const std::filesystem::path& folder, const SnapshotKind& held,
                       const SnapshotKind& wanted) {
  const bool is_other_network =
      !held.network.empty() && !wanted.network.empty() && held.network != wanted.network;
  const bool is_other_window =
      held.window_days != 0 && wanted.window_days != 0 && held.window_days != wanted.window_days;
  if (!is_other_network && !is_other_window) {
    return;
  }
  const std::string what =
      is_other_network ? fmt::format("of the network {}, not {}", held.network, wanted.network)
                       : fmt::format("of a window of {} days, not {} days", held.window_days,
                                     wanted.window_days);
  throw Error(ErrorKind::usage,
              fmt::format("{} holds data {}: name another --output-dir, or replace it by --force",
                          folder.string(), what));
}

std::string snapshot_sha256(const std::map<std::string, std::string>& sha256_by_name) {
  std::string lines;
  for (const char* name : {kAlertsFile, kClustersFile, kFeaturesFile, kMoneyFlowsFile}) {
    const auto found = sha256_by_name.find(name);
    if (found != sha256_by_name.end()) {
      lines += found->second + "  " + name + "\n";
    }
  }
  return hash_text(HashKind::sha256, lines);
}

}  // namespace aml::sot
