#include "evidence/input_root.h"

#include <utility>

#include "known/kept_day.h"
#include "snapshot/data_files.h"

namespace aml::evidence {

InputRoot::InputRoot(std::optional<std::filesystem::path> root, InputLimits limits)
    : root_(std::move(root)), limits_(std::move(limits)) {}

InputDay InputRoot::find(Date date) const {
  InputDay day{.date = date};
  if (!root_) return day;
  day.directory = *root_ / date.text();
  const auto look_at = [&](const char* file) {
    const auto identity = snapshot::identity_of(day.directory / file);
    day.identity += identity.value_or("- ");
    return identity.has_value();
  };
  look_at(sot::kMetaFile);
  day.has_alerts = look_at(sot::kAlertsFile);
  day.has_clusters = look_at(sot::kClustersFile);
  day.has_flows = look_at(sot::kMoneyFlowsFile);
  const auto kept = snapshot::identity_of(known::kept_file(*root_, date));
  day.has_kept = kept.has_value();
  if (!day.has_alerts) day.identity += kept.value_or("- ");
  return day;
}

std::vector<Date> InputRoot::kept_dates() const {
  return root_ ? known::kept_dates(*root_) : std::vector<Date>{};
}

std::filesystem::path InputRoot::kept_file(Date date) const {
  return known::kept_file(root_.value(), date);
}

std::unique_ptr<snapshot::Snapshot> InputRoot::open(const InputDay& day) const {
  std::call_once(opened_,
                 [&] { database_ = snapshot::open_database({.memory_limit = limits_.memory}); });
  return std::make_unique<snapshot::Snapshot>(database_->connect(), day.directory,
                                              limits_.max_rows);
}

}  // namespace aml::evidence
