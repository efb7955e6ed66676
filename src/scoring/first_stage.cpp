#include "scoring/first_stage.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "flows/facts.h"
#include "forest/feature_names.h"
#include "forest/objective.h"
#include "models/model_file.h"
#include "snapshot/snapshot.h"

namespace aml::scoring {

namespace {

using Explained = AddressExplanation;

// The address of the alert, where it is a subject of the window that has transfers.
std::optional<flows::Address> address_of(const snapshot::AddressView& view,
                                         const std::string& alert_id) {
  QueryResult rows = view.snapshot().connection().query(fmt::format(
      "SELECT a.subject_id FROM alerts AS a WHERE a.alert_id = {}", sql_text(alert_id)));
  while (const auto chunk = rows.next()) {
    for (std::size_t row = 0; row < chunk->rows(); ++row) {
      const std::int64_t id = chunk->column(0).as_int64(row);
      for (const auto& subject : view.subjects()) {
        if (subject.id == id) return subject.address;
      }
    }
  }
  return std::nullopt;
}

void explain_score(const forest::Model& model, const snapshot::AddressView& view,
                   flows::Address address, Explained& explained) {
  const forest::FeatureNames known(snapshot::AddressView::names());
  view.read(std::span(&address, 1), [&](std::size_t, const snapshot::AddressView::Block& block) {
    for (const std::string& name : model.feature_names()) {
      explained.values.push_back(static_cast<double>(block[known.find(name).value()].front()));
    }
  });
  forest::ModelInput input;
  input.rows = 1;
  for (const double& value : explained.values) input.columns.emplace_back(&value, 1);
  model.predict_raw(input, 0, {&explained.raw_score, 1});
  explained.contributions.resize(explained.values.size() + 1);
  model.explain(input, 0, explained.contributions);
  const double divisor = forest::raw_divisor(model.forest());
  explained.raw_score /= divisor;
  for (double& contribution : explained.contributions) contribution /= divisor;
}

void name_counterparties(const snapshot::AddressView& view, const models::AddressScores& scores,
                         flows::Address address, Explained& explained) {
  const flows::Graph& graph = *view.graph();
  std::map<flows::Address, double> amounts;
  for (const auto edges : {graph.outgoing(address), graph.incoming(address)}) {
    for (const flows::Edge& edge : edges) {
      amounts[edge.other] += static_cast<double>(std::max<std::int64_t>(0, edge.amount)) /
                             static_cast<double>(flows::kUnitsPerUsd);
    }
  }
  models::AddressScores sorted(scores);
  constexpr std::size_t kHundredths = 100;
  const auto line = sorted.end() - static_cast<std::ptrdiff_t>(1 + sorted.size() / kHundredths);
  std::nth_element(sorted.begin(), line, sorted.end());
  std::vector<std::pair<flows::Address, double>> all(amounts.begin(), amounts.end());
  std::stable_sort(all.begin(), all.end(),
                   [&](const auto& a, const auto& b) { return scores[a.first] > scores[b.first]; });
  explained.counterparties = all.size();
  for (const auto& [other, amount] : all) {
    if (scores[other] >= *line) ++explained.in_highest_hundredth;
    if (explained.highest.size() == kNamedCounterparties) continue;
    explained.highest.push_back({std::string(graph.text(other)),
                                 static_cast<double>(scores[other]) / flows::kWhole, amount});
  }
}

}  // namespace

std::unique_ptr<FirstStage> FirstStage::load(const std::filesystem::path& models_dir,
                                             std::span<const forest::Model* const> models,
                                             const std::vector<std::string>& without,
                                             const std::string& version) {
  const bool is_seen = std::any_of(models.begin(), models.end(), [](const forest::Model* model) {
    return models::sees_first_stage(*model);
  });
  if (!is_seen || features::leaves_out_first_stage(without)) return nullptr;
  return std::unique_ptr<FirstStage>(
      new FirstStage(load_task_model(models_dir, models::kAddressScorer, version)));
}

std::string FirstStage::other_model_warning(const LoadedModel& alert_scorer) const {
  const std::string& learned = alert_scorer.card.address_scorer_sha256;
  if (learned.empty() || learned == model_.record.sha256) return "";
  return fmt::format(
      "{} learned from what another address scorer than {} says; train the two together",
      alert_scorer.record.file, model_.record.file);
}

snapshot::AddressVisitor FirstStage::visitor(const std::string& explained_alert) {
  subjects_.clear();
  explanation_.reset();
  if (reasons_) reasons_.emplace();
  return [this, explained_alert](const snapshot::AddressView& view) {
    const models::AddressScores scores = models::score_addresses(*model_.model, view);
    models::add_subject_scores(models::keep_window(view), scores, view.threads(), subjects_);
    if (reasons_) reasons_->keep(view, scores);
    if (explained_alert.empty() || explanation_) return;
    const auto address = address_of(view, explained_alert);
    if (!address) return;
    explanation_.emplace();
    explanation_->address = view.graph()->text(*address);
    explanation_->score = static_cast<double>(scores[*address]) / flows::kWhole;
    explain_score(*model_.model, view, *address, *explanation_);
    name_counterparties(view, scores, *address, *explanation_);
  };
}

void FirstStage::add_to(const models::AlertFacts& facts,
                        features::SnapshotFeatures& features) const {
  models::add_first_stage(models::first_stage_columns(facts, subjects_), features);
}

}  // namespace aml::scoring
