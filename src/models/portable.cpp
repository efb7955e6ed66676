#include "models/portable.h"

#include <set>

#include "base/error.h"
#include "models/first_stage.h"

namespace aml::models {

namespace {

constexpr const char* kPatternsGroup = "graph_patterns";

}  // namespace

bool holds_anywhere(const features::Feature& feature) {
  if (feature.row_kind != features::RowKind::alert || feature.group == kFirstStageGroup ||
      feature.name.find("confidence") != std::string::npos) {
    return false;
  }
  if (feature.group == kPatternsGroup) return true;
  if (!feature.unit.empty() || !feature.range) return false;
  const features::FeatureRange& range = *feature.range;
  return range.least && range.greatest && *range.least >= 0 && *range.greatest <= kMostPortable;
}

std::unique_ptr<TrainingDay> portable_day(const TrainingDay& day) {
  auto portable = std::make_unique<TrainingDay>();
  features::SnapshotFeatures& features = portable->features;
  features.network = day.features.network;
  features.processing_date = day.features.processing_date;
  features.window_days = day.features.window_days;
  features.snapshot_sha256 = day.features.snapshot_sha256;
  features.feature_sql = day.features.feature_sql;
  features.groups = day.features.groups;
  std::set<std::string> wanted;
  for (const features::Feature& feature : day.features.registry) {
    if (!holds_anywhere(feature)) continue;
    features.registry.push_back(feature);
    wanted.insert(feature.name);
  }
  const features::FeatureMatrix& all = day.features.alerts;
  features.alerts.ids = all.ids;
  features.alerts.left_out = all.left_out;
  for (std::size_t f = 0; f < all.names.size(); ++f) {
    if (wanted.count(all.names[f]) == 0) continue;
    features.alerts.names.push_back(all.names[f]);
    features.alerts.columns.push_back(all.columns[f]);
  }
  if (features.alerts.names.empty()) {
    throw Error(ErrorKind::bad_input,
                "no feature of the SQL holds anywhere: none says that it is a pure number from 0 "
                "to 1; say so in its comment, or train without --fallback");
  }
  portable->facts = day.facts;
  portable->alerts = day.alerts;
  portable->alerts.matrix = &features.alerts;
  return portable;
}

}  // namespace aml::models
