#include "models/first_stage.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "base/error.h"
#include "base/threads.h"
#include "flows/facts.h"
#include "forest/feature_names.h"
#include "forest/objective.h"

namespace aml::models {

namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();
constexpr double kWhole = static_cast<double>(flows::kWhole);

// Columns of first_stage_features().
enum Place : std::size_t {
  kOwn,
  kCounterparties,  // and the others of a subject after it
  kPercentile = kSubjectColumns,
  kPattern,
  kCluster = kPattern + 2,
  kPlaces = kCluster + 2
};

std::int64_t scaled(double share) { return std::llround(share * kWhole); }

// Mean and largest of some others, in whole numbers so that their order does not matter.
struct Others {
  std::int64_t number = 0;
  std::int64_t sum = 0;
  std::int64_t largest = -1;

  void add(std::int64_t value) {
    ++number;
    sum += value;
    largest = std::max(largest, value);
  }
};

// Of the groups that an alert is in, the other alerts' addresses, each once a group.
void add_mates(const std::vector<std::vector<std::uint32_t>>& groups, const AlertFacts& facts,
               const SubjectScores& subjects, std::size_t place, FirstStageColumns& columns) {
  std::vector<Others> mates(facts.subjects.size());
  for (const std::vector<std::uint32_t>& group : groups) {
    std::vector<std::pair<std::int64_t, std::int64_t>> known;  // subject, score
    for (const std::uint32_t alert : group) {
      const auto found = subjects.find(facts.subjects[alert]);
      if (found != subjects.end()) known.emplace_back(found->first, scaled(found->second[kOwn]));
    }
    std::sort(known.begin(), known.end());
    known.erase(std::unique(known.begin(), known.end()), known.end());
    Others all;
    std::int64_t second = -1;
    for (const auto& [subject, score] : known) {
      second = std::max(second, std::min(score, all.largest));
      all.add(score);
    }
    for (const std::uint32_t alert : group) {
      const auto own = subjects.find(facts.subjects[alert]);
      const bool is_known = own != subjects.end();
      const std::int64_t score = is_known ? scaled(own->second[kOwn]) : 0;
      Others& sum = mates[alert];
      sum.number += all.number - (is_known ? 1 : 0);
      sum.sum += all.sum - score;
      sum.largest = std::max(sum.largest, is_known && score == all.largest ? second : all.largest);
    }
  }
  for (std::size_t alert = 0; alert < mates.size(); ++alert) {
    const Others& sum = mates[alert];
    if (sum.number == 0) continue;
    columns[place][alert] = static_cast<double>(sum.sum) / static_cast<double>(sum.number) / kWhole;
    columns[place + 1][alert] = static_cast<double>(sum.largest) / kWhole;
  }
}

std::vector<std::vector<std::uint32_t>> alerts_of_patterns(const AlertFacts& facts) {
  std::unordered_map<std::string, std::vector<std::uint32_t>> by_pattern;
  for (std::size_t alert = 0; alert < facts.patterns.size(); ++alert) {
    if (facts.patterns[alert].empty()) continue;
    by_pattern[facts.patterns[alert]].push_back(static_cast<std::uint32_t>(alert));
  }
  std::vector<std::vector<std::uint32_t>> groups;
  for (auto& [pattern, alerts] : by_pattern) groups.push_back(std::move(alerts));
  return groups;
}

// The share of the day's alerts whose address scores lower, equal ones counted half.
void add_percentiles(FirstStageColumns& columns) {
  std::vector<double> sorted;
  for (const double value : columns[kOwn]) {
    if (!std::isnan(value)) sorted.push_back(value);
  }
  std::sort(sorted.begin(), sorted.end());
  const auto number = static_cast<double>(sorted.size());
  for (std::size_t alert = 0; alert < columns[kOwn].size(); ++alert) {
    const double value = columns[kOwn][alert];
    if (std::isnan(value)) continue;
    const auto [first, last] = std::equal_range(sorted.begin(), sorted.end(), value);
    columns[kPercentile][alert] =
        static_cast<double>((first - sorted.begin()) + (last - sorted.begin())) / 2 / number;
  }
}

}  // namespace

const std::vector<features::Feature>& first_stage_features() {
  static const std::vector<features::Feature> all = [] {
    const auto feature = [](const char* name, const char* meaning) {
      return features::Feature{.name = name,
                               .row_kind = features::RowKind::alert,
                               .group = kFirstStageGroup,
                               .meaning = meaning,
                               .range = features::FeatureRange{0, 1, false}};
    };
    return std::vector{
        feature("first_stage_own", "what the address scorer says of the alert's address"),
        feature("first_stage_counterparties_mean",
                "mean of what the address scorer says of its counterparties"),
        feature("first_stage_counterparties_weighted_mean", "the same weighted by USD"),
        feature("first_stage_counterparties_largest",
                "highest that the address scorer says of one of its counterparties"),
        feature("first_stage_second_mean",
                "mean of its counterparties' means over their own counterparties"),
        feature("first_stage_community_mean",
                "mean of what the address scorer says of the others of its community"),
        feature("first_stage_percentile",
                "share of the day's alerts whose address the address scorer puts lower"),
        feature("first_stage_pattern_mean",
                "mean of what the address scorer says of the other addresses of its pattern"),
        feature("first_stage_pattern_largest", "the highest of these"),
        feature("first_stage_cluster_mean",
                "mean of what the address scorer says of the other addresses of its clusters"),
        feature("first_stage_cluster_largest", "the highest of these of its clusters")};
  }();
  return all;
}

bool sees_first_stage(const forest::Model& model) {
  const std::vector<std::string>& names = model.feature_names();
  return std::any_of(names.begin(), names.end(), [](const std::string& name) {
    return std::any_of(first_stage_features().begin(), first_stage_features().end(),
                       [&](const features::Feature& feature) { return feature.name == name; });
  });
}

void score_addresses(const forest::Model& model, std::span<const std::span<const float>> columns,
                     std::span<const flows::Address> addresses, int threads,
                     AddressScores& scores) {
  constexpr std::size_t kRowsAtOnce = 1024;
  const forest::FeatureNames known(snapshot::AddressView::names());
  std::vector<std::size_t> places;
  for (const std::string& name : model.feature_names()) {
    const auto found = known.find(name);
    if (!found) {
      throw Error(ErrorKind::bad_input,
                  "the address scorer needs " + name +
                      ", which this program does not make of addresses; train it anew");
    }
    places.push_back(*found);
  }
  const double divisor = forest::raw_divisor(model.forest());
  parallel_blocks(addresses.size(), kRowsAtOnce, threads, [&](std::size_t begin, std::size_t end) {
    std::vector<std::vector<double>> values;
    forest::ModelInput input;
    input.rows = end - begin;
    for (const std::size_t place : places) {
      const auto part = columns[place].subspan(begin, end - begin);
      values.emplace_back(part.begin(), part.end());
    }
    for (const std::vector<double>& column : values) input.columns.emplace_back(column);
    std::vector<double> raw(input.rows);
    model.predict_raw(input, 0, raw);
    for (std::size_t i = 0; i < raw.size(); ++i) {
      scores[addresses[begin + i]] =
          static_cast<std::int32_t>(scaled(forest::published_score(raw[i] / divisor)));
    }
  });
}

AddressScores score_addresses(const forest::Model& model, const snapshot::AddressView& view) {
  AddressScores scores(view.graph()->addresses(), -1);
  const std::vector<flows::Address> addresses = view.all();
  view.read(addresses, [&](std::size_t first, const snapshot::AddressView::Block& block) {
    const std::vector<std::span<const float>> columns(block.begin(), block.end());
    score_addresses(model, columns, std::span(addresses).subspan(first, block.front().size()),
                    view.threads(), scores);
  });
  return scores;
}

AddressWindow keep_window(const snapshot::AddressView& view) {
  return {view.graph(), view.communities(), view.subjects()};
}

void add_subject_scores(const AddressWindow& window, const AddressScores& scores, int threads,
                        SubjectScores& subjects) {
  flows::Facts facts;
  facts.communities = window.communities;
  facts.quantities.push_back({"first_stage", "first stage", scores});
  const flows::FactSets sets(facts);
  const flows::Question question{.graph = *window.graph, .threads = threads, .facts = &facts};
  std::vector<flows::Address> addresses;
  for (const auto& subject : window.subjects) addresses.push_back(subject.address);
  const auto set = [&](std::string_view name) {
    const auto all = sets.sets();
    return flows::compute(
        *std::find_if(all.begin(), all.end(), [&](const auto& one) { return one.name == name; }),
        question, addresses);
  };
  const auto named = [](const flows::Columns& columns, std::string_view name) {
    return std::find_if(columns.begin(), columns.end(),
                        [&](const auto& one) { return one.definition->name == name; })
        ->numbers;
  };
  const flows::Columns neighbors = set("neighbors");
  const flows::Columns community = set("community");
  const std::array<std::vector<double>, kSubjectColumns - 1> columns{
      named(neighbors, "neighbor_first_stage_mean"),
      named(neighbors, "neighbor_first_stage_weighted_mean"),
      named(neighbors, "neighbor_first_stage_largest"),
      named(neighbors, "neighbor_first_stage_second_mean"),
      named(community, "community_first_stage_mean")};
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    if (scores[addresses[i]] < 0) continue;
    auto& row = subjects[window.subjects[i].id];
    row[kOwn] = static_cast<double>(scores[addresses[i]]) / kWhole;
    for (std::size_t c = 0; c < columns.size(); ++c) row[kCounterparties + c] = columns[c][i];
  }
}

FirstStageColumns first_stage_columns(const AlertFacts& facts, const SubjectScores& subjects) {
  FirstStageColumns columns(kPlaces, std::vector<double>(facts.subjects.size(), kMissing));
  for (std::size_t alert = 0; alert < facts.subjects.size(); ++alert) {
    const auto found = subjects.find(facts.subjects[alert]);
    if (found == subjects.end()) continue;
    for (std::size_t c = 0; c < kSubjectColumns; ++c) columns[c][alert] = found->second[c];
  }
  add_percentiles(columns);
  add_mates(alerts_of_patterns(facts), facts, subjects, kPattern, columns);
  add_mates(facts.members, facts, subjects, kCluster, columns);
  return columns;
}

void add_first_stage(FirstStageColumns columns, features::SnapshotFeatures& features) {
  const std::vector<features::Feature>& added = first_stage_features();
  features::FeatureMatrix& alerts = features.alerts;
  for (std::size_t i = 0; i < added.size(); ++i) {
    if (std::find(alerts.names.begin(), alerts.names.end(), added[i].name) != alerts.names.end()) {
      throw Error(ErrorKind::bad_input,
                  "the feature SQL makes an alert feature " + added[i].name +
                      ", which the program makes of the address scorer's; give it another name");
    }
    alerts.names.push_back(added[i].name);
    alerts.columns.push_back(std::move(columns[i]));
  }
  // Alerts' features stand before clusters'.
  const auto first_cluster = std::find_if(
      features.registry.begin(), features.registry.end(),
      [](const features::Feature& one) { return one.row_kind == features::RowKind::cluster; });
  features.registry.insert(first_cluster, added.begin(), added.end());
  features.groups.push_back(std::string("alert__") + kFirstStageGroup);
}

}  // namespace aml::models
