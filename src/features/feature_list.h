#pragma once

#include <string>
#include <vector>

#include "features/feature_matrix.h"
#include "features/feature_sql.h"

namespace aml::features {

// The features as a table a group, for a terminal.
std::string list_as_text(const FeatureSql& sql);
// Likewise as Markdown: docs/feature-list.md.
std::string list_as_markdown(const FeatureSql& sql);
// Likewise as JSON, with the SQL of every step as it runs.
std::string list_as_json(const FeatureSql& sql);
// The SQL as it runs, a statement a step, each below a comment that names its file and table.
std::string steps_as_sql(const FeatureSql& sql);

// What a batch says of its features: {"alerts": [{"name", "group", "family", "meaning", "unit",
// "range", "percentiles"}, …], "clusters": […], "percentiles": [0, 1, …]}, each in the order of its
// matrix; range is a text or null. A feature's percentiles are the day's values at those of the
// batch, to six digits (day_percentiles.h); none where all are missing.
// REQUIRES: `registry` has the matrices' columns in their order, the alerts' first
std::string registry_as_json(const std::vector<Feature>& registry, const FeatureMatrix& alerts,
                             const FeatureMatrix& clusters);

// Throws Error{bad_input} that names file and line of the features without a meaning.
void require_meanings(const FeatureSql& sql);

// A JSON schema of an object that has the value of each feature under its name: a number or null,
// with its meaning as description and its range as minimum and maximum.
std::string value_schema(const FeatureSql& sql, RowKind kind);

}  // namespace aml::features
