#include "models/alert_facts.h"

#include <algorithm>
#include <limits>

#include "base/error.h"

namespace aml::models {

namespace {

// The position of an id in a matrix; its number of rows where it has none.
std::size_t position_of(const features::FeatureMatrix& matrix, std::string_view id) {
  const auto found = std::lower_bound(matrix.ids.begin(), matrix.ids.end(), id);
  if (found == matrix.ids.end() || *found != id) return matrix.rows();
  return static_cast<std::size_t>(found - matrix.ids.begin());
}

void read_members(snapshot::Snapshot& snapshot, const features::FeatureMatrix& alerts,
                  const features::FeatureMatrix& clusters, AlertFacts& facts) {
  facts.members.resize(clusters.rows());
  QueryResult rows = snapshot.connection().query("SELECT cluster_id, alert_id FROM cluster_alerts");
  while (const auto chunk = rows.next()) {
    for (std::size_t row = 0; row < chunk->rows(); ++row) {
      const std::size_t cluster = position_of(clusters, chunk->column(0).as_text(row));
      const std::size_t alert = position_of(alerts, chunk->column(1).as_text(row));
      if (cluster == clusters.rows() || alert == alerts.rows()) continue;
      facts.members[cluster].push_back(static_cast<std::uint32_t>(alert));
    }
  }
  // In the alerts' order, so that sums have the same bits whatever order the rows came in.
  for (auto& members : facts.members) std::sort(members.begin(), members.end());
}

}  // namespace

std::map<std::string, std::int64_t> AlertFacts::typology_counts() const {
  std::map<std::string, std::int64_t> counts;
  for (const std::string& typology : typologies) ++counts[typology];
  return counts;
}

AlertFacts read_alert_facts(snapshot::Snapshot& snapshot, const features::FeatureMatrix& alerts,
                            const features::FeatureMatrix& clusters) {
  AlertFacts facts;
  QueryResult rows = snapshot.connection().query(
      "SELECT address, typology_type, pattern_id, subject_id FROM "
      "alerts ORDER BY alert_id");
  while (const auto chunk = rows.next()) {
    for (std::size_t row = 0; row < chunk->rows(); ++row) {
      facts.addresses.emplace_back(chunk->column(0).text_or_empty(row));
      facts.typologies.emplace_back(chunk->column(1).text_or_empty(row));
      facts.patterns.emplace_back(chunk->column(2).text_or_empty(row));
      facts.subjects.push_back(chunk->column(3).as_int64(row));
    }
  }
  if (facts.addresses.size() != alerts.rows()) {
    throw Error(ErrorKind::internal, "the alerts' facts are not of the matrix's rows");
  }
  read_members(snapshot, alerts, clusters, facts);
  return facts;
}

const std::vector<features::Feature>& cluster_score_features() {
  static const std::vector<features::Feature> all = [] {
    const features::FeatureRange share{0, 1, false};
    const features::FeatureRange count{0, std::nullopt, false};
    const auto feature = [](const char* name, const char* meaning, const char* unit,
                            const features::FeatureRange& range) {
      return features::Feature{.name = name,
                               .row_kind = features::RowKind::cluster,
                               .group = "scores",
                               .meaning = meaning,
                               .unit = unit,
                               .range = range};
    };
    return std::vector{
        feature("alert_probability_max",
                "highest probability that the alert scorer gives one of its alerts", "", share),
        feature("alert_probability_mean", "mean probability that the alert scorer gives its alerts",
                "", share),
        feature("alert_probability_high_share",
                "share of its alerts with a probability of at least 0.5", "", share),
        feature("scored_alerts", "alerts of the day in it", "alerts", count)};
  }();
  return all;
}

void add_cluster_scores(const AlertFacts& facts, std::span<const double> probabilities,
                        features::FeatureMatrix& clusters) {
  for (const features::Feature& feature : cluster_score_features()) {
    const auto& names = clusters.names;
    if (std::find(names.begin(), names.end(), feature.name) == names.end()) continue;
    throw Error(ErrorKind::bad_input,
                "the feature SQL makes a cluster feature " + feature.name +
                    ", which the program makes of the alerts' scores; give it another name");
  }
  const double missing = std::numeric_limits<double>::quiet_NaN();
  std::vector<std::vector<double>> columns(cluster_score_features().size(),
                                           std::vector<double>(clusters.rows(), missing));
  for (std::size_t cluster = 0; cluster < clusters.rows(); ++cluster) {
    const auto& members = facts.members[cluster];
    const auto count = static_cast<double>(members.size());
    columns[3][cluster] = count;
    if (members.empty()) continue;
    double highest = 0;
    double sum = 0;
    double high = 0;
    for (const std::uint32_t alert : members) {
      highest = std::max(highest, probabilities[alert]);
      sum += probabilities[alert];
      high += probabilities[alert] >= kHighScore ? 1 : 0;
    }
    columns[0][cluster] = highest;
    columns[1][cluster] = sum / count;
    columns[2][cluster] = high / count;
  }
  for (std::size_t i = 0; i < columns.size(); ++i) {
    clusters.names.push_back(cluster_score_features()[i].name);
    clusters.columns.push_back(std::move(columns[i]));
  }
}

}  // namespace aml::models
