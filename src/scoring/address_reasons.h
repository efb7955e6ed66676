#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "models/first_stage.h"
#include "scoring/scoring.h"
#include "snapshot/address_view.h"

namespace aml::scoring {

// The addresses of a day as the first stage saw them, kept until ranks tell of which alerts people
// will ask why: the day's graph and 4 bytes a number of features.parquet, for each window.
class AddressReasons {
 public:
  // The view is copied, and may be read after its snapshot is gone.
  void keep(const snapshot::AddressView& view, models::AddressScores scores);

  // Reasons that are told of an address, and counterparties that are told of an alert's.
  static constexpr std::size_t kReasons = 5;
  static constexpr std::size_t kCounterparties = 5;

  // What `model` says of these alerts' addresses and of the counterparties that it says most of,
  // and why: first_stage.json, docs/output.md, an alert a line in their order. Alerts whose address
  // has no transfers are left out. REQUIRES: a subject_id for each alert.
  std::string as_json(const LoadedModel& model, std::span<const std::string> alert_ids,
                      std::span<const std::int64_t> subjects) const;

 private:
  struct Window {
    snapshot::AddressView view;
    models::AddressScores scores;
    std::unordered_map<std::int64_t, flows::Address> subjects;
    std::int32_t highest_hundredth = 0;  // the lowest score among the day's highest hundredth
  };
  std::vector<Window> windows_;
};

}  // namespace aml::scoring
