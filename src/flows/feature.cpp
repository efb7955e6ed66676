#include "flows/feature.h"

#include <algorithm>

namespace aml::flows {

std::string_view name_of(Unit unit) {
  switch (unit) {
    case Unit::count:
      return "count";
    case Unit::usd:
      return "USD";
    case Unit::usd_hours:
      return "USD hours";
    case Unit::seconds:
      return "seconds";
    case Unit::hours:
      return "hours";
    case Unit::share:
      return "share";
    case Unit::ratio:
      return "ratio";
  }
  return "";
}

Columns empty_columns(const FeatureSet& set, std::size_t rows) {
  Columns columns(set.definitions.size());
  for (std::size_t i = 0; i < columns.size(); ++i) {
    columns[i].definition = &set.definitions[i];
    if (is_integer(set.definitions[i].unit)) {
      columns[i].integers.assign(rows, kMissing);
    } else {
      columns[i].numbers.assign(rows, std::numeric_limits<double>::quiet_NaN());
    }
  }
  return columns;
}

Columns compute(const FeatureSet& set, const Question& question,
                std::span<const Address> addresses) {
  Columns columns = empty_columns(set, addresses.size());
  set.prepare(question)(addresses, columns);
  set.derive(columns);
  return columns;
}

namespace {

std::int64_t merged(Merge how, std::int64_t a, std::int64_t b) {
  if (a == kMissing) return b;
  if (b == kMissing) return a;
  switch (how) {
    case Merge::sum:
      return saturating_sum(a, b);
    case Merge::largest:
      return std::max(a, b);
    case Merge::smallest:
      return std::min(a, b);
    default:
      return kMissing;
  }
}

}  // namespace

void merge(Columns& sum, const Columns& part) {
  for (std::size_t i = 0; i < sum.size(); ++i) {
    const Merge how = sum[i].definition->merge;
    if (how == Merge::derived) continue;
    for (std::size_t row = 0; row < sum[i].integers.size(); ++row) {
      std::int64_t& value = sum[i].integers[row];
      value = how == Merge::global ? kMissing : merged(how, value, part[i].integers[row]);
    }
    // Numbers are derived or global.
    std::fill(sum[i].numbers.begin(), sum[i].numbers.end(),
              std::numeric_limits<double>::quiet_NaN());
  }
}

}  // namespace aml::flows
