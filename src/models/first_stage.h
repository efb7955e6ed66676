#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "features/build.h"
#include "flows/graph.h"
#include "forest/model.h"
#include "models/alert_facts.h"
#include "snapshot/address_view.h"

// The first of two stages: a model that sees addresses alone scores every address of a day, and
// what it says of an alert's address and of those around it is what the alert's model sees too.
namespace aml::models {

inline constexpr const char* kFirstStageGroup = "first_stage";

// The columns of alerts that no SQL makes, in their order.
const std::vector<features::Feature>& first_stage_features();
// Whether a model sees one of them.
bool sees_first_stage(const forest::Model& model);

// What the first model says of each address of a graph: a probability in 1e-9, so that sums are
// the same in any order; -1 of an address without transfers.
using AddressScores = std::vector<std::int32_t>;

// Scores rows of columns as AddressView::names() has them: row i is the address addresses[i].
// Throws Error{bad_input} naming a feature that is not among them.
void score_addresses(const forest::Model& model, std::span<const std::span<const float>> columns,
                     std::span<const flows::Address> addresses, int threads, AddressScores& scores);
// All addresses of a window.
AddressScores score_addresses(const forest::Model& model, const snapshot::AddressView& view);

// What is around the addresses of a window.
struct AddressWindow {
  std::shared_ptr<const flows::Graph> graph;
  std::vector<std::uint32_t> communities;  // by address; may be empty
  std::vector<snapshot::AddressView::Subject> subjects;
};
AddressWindow keep_window(const snapshot::AddressView& view);

// By subject_id of those that have one: its own score, then mean, mean weighted by USD, and largest
// of its counterparties, the mean of their counterparties' means, and the mean of its community;
// NaN where there are none.
constexpr std::size_t kSubjectColumns = 6;
using SubjectScores = std::unordered_map<std::int64_t, std::array<double, kSubjectColumns>>;
void add_subject_scores(const AddressWindow& window, const AddressScores& scores, int threads,
                        SubjectScores& subjects);

// By column of first_stage_features() and alert.
using FirstStageColumns = std::vector<std::vector<double>>;
FirstStageColumns first_stage_columns(const AlertFacts& facts, const SubjectScores& subjects);

// Appends them to the alerts' matrix, to the registry and the groups. Throws Error{bad_input} where
// the SQL has made a column of such a name.
void add_first_stage(FirstStageColumns columns, features::SnapshotFeatures& features);

}  // namespace aml::models
