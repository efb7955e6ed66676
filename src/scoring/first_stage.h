#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "features/build.h"
#include "models/first_stage.h"
#include "scoring/address_reasons.h"
#include "scoring/scoring.h"

namespace aml::scoring {

// Why the first model says what it says of an alert's address.
struct AddressExplanation {
  struct Counterparty {
    std::string address;
    double score = 0;
    double amount_usd = 0;  // between the two
  };
  std::string address;
  double score = 0;
  double raw_score = 0;
  std::vector<double> values;         // by feature of the model; NaN where missing
  std::vector<double> contributions;  // likewise, the base value last
  std::vector<Counterparty> highest;  // of its counterparties, up to kNamedCounterparties
  std::size_t counterparties = 0;
  // Of them, those that score at least as high as the highest hundredth of the day's addresses.
  std::size_t in_highest_hundredth = 0;
};
inline constexpr std::size_t kNamedCounterparties = 5;

// The first stage of a model set: its address scorer, and what it says of a day.
class FirstStage {
 public:
  // Null where none of the models sees a first stage, or `without` leaves it out. Throws
  // Error{not_found} where one does and the folder has no address scorer.
  static std::unique_ptr<FirstStage> load(const std::filesystem::path& models_dir,
                                          std::span<const forest::Model* const> models,
                                          const std::vector<std::string>& without,
                                          const std::string& version = "");

  const LoadedModel& model() const { return model_; }
  // A sentence where the alert scorer learned from another first stage; else "".
  std::string other_model_warning(const LoadedModel& alert_scorer) const;

  // For features::BuildOptions: scores the addresses of the snapshot that is built, and keeps why
  // the address of `explained_alert` (may be empty) has its score. This must live as long.
  // One visitor is of one snapshot: what an earlier one was told is forgotten.
  snapshot::AddressVisitor visitor(const std::string& explained_alert = "");
  // From then on the visitor keeps the addresses too, so that reasons() may be asked once ranks are
  // known.
  void keep_addresses() { reasons_.emplace(); }
  // Once nobody will ask reasons(): the day's graphs and tables go.
  void forget_addresses() { reasons_.reset(); }
  // Nothing where nobody asked to keep them.
  const std::optional<AddressReasons>& reasons() const { return reasons_; }
  // Null where that alert's address has no transfers in its window.
  const std::optional<AddressExplanation>& explanation() const { return explanation_; }
  // Adds what was said to the alerts. REQUIRES: the visitor was told of it.
  void add_to(const models::AlertFacts& facts, features::SnapshotFeatures& features) const;

 private:
  explicit FirstStage(LoadedModel model) : model_(std::move(model)) {}

  LoadedModel model_;
  models::SubjectScores subjects_;
  std::optional<AddressExplanation> explanation_;
  std::optional<AddressReasons> reasons_;
};

}  // namespace aml::scoring
