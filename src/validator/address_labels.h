#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/date.h"
#include "sot/object_store.h"

namespace aml::validator {

// The SOT's address labels by which a validator judges days, kept below a folder of its own, one
// for each day: what anyone could know of addresses then.
class AddressLabels {
 public:
  // The labels of a network lie in `store` under {network}/address_labels_{date}.parquet; null:
  // there are none. The store must outlive it. A file may have `max_rows`.
  AddressLabels(std::filesystem::path folder, std::string network, sot::ObjectStore* store,
                std::int64_t max_rows);

  // Brings the newest labels of a day and the sot::kLabelDays before it here that were public
  // before the day's deadline; once they are here they stay, whatever the store has later. Where
  // the store does not let labels be read, or they are damaged, there are none, with a warning.
  // Throws Error{unavailable} where the store does not answer.
  void fetch(Date date);
  // Those of a day that are here, beside each since when it counts (sot/known_since.h).
  std::vector<std::filesystem::path> files(const std::string& date) const;
  void remove_before(Date oldest);

 private:
  bool take(Date day, Date of);
  bool is_readable(const std::filesystem::path& file) const;

  std::filesystem::path folder_;
  std::string network_;
  sot::ObjectStore* store_;
  std::int64_t max_rows_;
};

}  // namespace aml::validator
