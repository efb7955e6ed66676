#include "sot/download_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "base/error.h"
#include "base/last_day.h"

namespace aml::sot {
namespace {

// A size beyond it is a mistake or an attack; a large day has some GB.
constexpr std::uint64_t kMostObjectBytes = 1ULL << 40;

struct Named {
  std::string name;
  bool optional;
};

// The snapshot's four files, and whatever else META.json lists as Parquet.
std::vector<Named> names_of(const DownloadRequest& request, const SnapshotMeta& meta) {
  std::vector<Named> names{{kAlertsFile, false},
                           {kFeaturesFile, false},
                           {kClustersFile, false},
                           {kMoneyFlowsFile, true}};
  const std::string ground_truth = ground_truth_file_name(request.id.processing_date);
  for (const auto& [name, check] : meta.files) {
    const bool known = std::any_of(names.begin(), names.end(),
                                   [&](const Named& other) { return other.name == name; });
    if (!known && name != ground_truth && name.ends_with(".parquet")) {
      names.push_back({name, true});
    }
  }
  if (request.ground_truth) {
    names.push_back({ground_truth, false});
  }
  return names;
}

// The days that can have been of which there is a folder, newest first: one of a misnamed later day
// must not hide them. Whatever else lies there is no day.
std::vector<Date> published_dates(ObjectStore& store, const std::string& network) {
  const Date last = last_day(std::chrono::system_clock::now());
  std::vector<Date> dates;
  for (const std::string& name : store.folders(network + "/")) {
    if (const auto date = Date::parse(name); date && *date <= last) dates.push_back(*date);
  }
  std::sort(dates.begin(), dates.end(), [](Date a, Date b) { return b < a; });
  return dates;
}

[[noreturn]] void refuse_missing(const DownloadRequest& request, ObjectStore& store,
                                 const std::string& key, bool snapshot_is_there) {
  std::string advice = "the snapshot is not complete; ask its producer, or try again later";
  if (!snapshot_is_there) {
    const auto dates = published_dates(store, request.id.network);
    advice =
        dates.empty()
            ? fmt::format("nothing is published for the network '{}'", request.id.network)
            : fmt::format("the newest date of {} is {}", request.id.network, dates.front().text());
  }
  throw Error(ErrorKind::not_found,
              fmt::format("there is no object {}: {}", store.address(key), advice));
}

// The strongest checksum there is.
void choose_checksum(WantedFile& file, const FileCheck& stated) {
  if (stated.sha256) {
    file.digest = stated.sha256;
  } else if (stated.md5) {
    file.hash = HashKind::md5;
    file.digest = stated.md5;
  } else if (file.object.etag_is_md5) {
    file.hash = HashKind::md5;
    file.digest = file.object.etag;
  }
}

void check_size(const WantedFile& file, const FileCheck& stated, const std::string& address) {
  if (file.object.size > kMostObjectBytes) {
    throw Error(ErrorKind::bad_input,
                fmt::format("{} has {} bytes: no file of a snapshot has so many", address,
                            file.object.size));
  }
  if (stated.size && *stated.size != file.object.size) {
    throw Error(ErrorKind::bad_input,
                fmt::format("{} has {} bytes, but META.json says {}: the snapshot is damaged, or "
                            "is being published right now",
                            address, file.object.size, *stated.size));
  }
}

void check_identity(const SnapshotMeta& meta, const SnapshotId& id, const std::string& address) {
  const auto differs = [](const auto& said, const auto& wanted) {
    return said != std::decay_t<decltype(said)>{} && said != wanted;
  };
  if (differs(meta.network, id.network) ||
      differs(meta.processing_date, id.processing_date.text()) ||
      differs(meta.window_days, static_cast<std::int64_t>(id.window_days))) {
    throw Error(ErrorKind::bad_input,
                fmt::format("{} describes {}/{}/{}, not the snapshot in whose folder it lies",
                            address, meta.network, meta.processing_date, meta.window_days));
  }
}

WantedFile find_labels(const DownloadRequest& request, ObjectStore& labels) {
  const std::string folder = request.id.network + "/";
  for (int days = 0; days <= kLabelDays; ++days) {
    const std::string name = address_labels_file_name(request.id.processing_date.plus_days(-days));
    const auto object = labels.stat(folder + name);
    if (!object) continue;
    WantedFile file{name, folder + name, *object, HashKind::sha256, std::nullopt};
    file.store = &labels;
    file.tells_when_known = true;
    check_size(file, {}, labels.address(file.key));
    choose_checksum(file, {});
    return file;
  }
  throw Error(ErrorKind::not_found,
              fmt::format("there are no address labels of {} or one of the {} days before it in {}",
                          request.id.processing_date.text(), kLabelDays, labels.address(folder)));
}

}  // namespace

std::string labels_address(const std::string& sot) {
  constexpr std::string_view kSnapshots = "/snapshots";
  std::string address = sot_address(sot);
  while (address.ends_with('/')) address.pop_back();
  if (address.ends_with(kSnapshots)) address.resize(address.size() - kSnapshots.size());
  return address + "/address-labels";
}

DownloadPlan plan_download(const DownloadRequest& request, ObjectStore& store) {
  const std::string folder = request.id.path() + "/";
  DownloadPlan plan;
  plan.source = store.address(request.id.path());
  SnapshotMeta meta;
  if (store.stat(folder + kMetaFile)) {
    plan.meta_text = read_object(store, folder + kMetaFile, kMostMetaBytes);
    const std::string address = store.address(folder + kMetaFile);
    meta = SnapshotMeta::parse(*plan.meta_text, address);
    check_identity(meta, request.id, address);
  }
  for (const auto& [name, optional] : names_of(request, meta)) {
    WantedFile file{name, folder + name, {}, HashKind::sha256, std::nullopt};
    const auto object = store.stat(file.key);
    if (!object && !optional) {
      refuse_missing(request, store, file.key, plan.meta_text.has_value() || !plan.files.empty());
    }
    if (!object) {
      plan.warnings.push_back(fmt::format("there is no object {}", store.address(file.key)));
      continue;
    }
    file.object = *object;
    const auto stated = meta.files.find(name);
    const FileCheck check = stated == meta.files.end() ? FileCheck{} : stated->second;
    check_size(file, check, store.address(file.key));
    choose_checksum(file, check);
    file.tells_when_known = name == ground_truth_file_name(request.id.processing_date);
    plan.files.push_back(file);
  }
  if (request.labels != nullptr) plan.files.push_back(find_labels(request, *request.labels));
  if (!plan.meta_text) {
    plan.warnings.push_back(
        fmt::format("there is no object {}: sizes and ETags are all there is "
                    "to check",
                    store.address(folder + kMetaFile)));
  }
  std::stable_sort(plan.files.begin(), plan.files.end(),
                   [](const auto& a, const auto& b) { return a.object.size > b.object.size; });
  return plan;
}

Date latest_date(ObjectStore& store, const std::string& network, int window_days) {
  const auto dates = published_dates(store, network);
  // META.json comes last, so a snapshot that has none may still be under way; one without it is
  // taken only where the producer writes none at all.
  for (const char* sign : {kMetaFile, kAlertsFile}) {
    for (const Date date : dates) {
      if (store.stat(SnapshotId{network, date, window_days}.path() + "/" + sign)) return date;
    }
  }
  throw Error(ErrorKind::not_found,
              fmt::format("there is no snapshot of {} days of the network '{}' in {}", window_days,
                          network, store.address("")));
}

}  // namespace aml::sot
