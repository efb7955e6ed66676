#include <array>

#include "flows/amounts.h"
#include "flows/fan.h"
#include "flows/feature.h"
#include "flows/patterns.h"
#include "flows/rest.h"
#include "flows/totals.h"

namespace aml::flows {

std::span<const FeatureSet> transfer_sets() {
  static const std::array sets = {totals_set(), fan_set(), rest_set(), amounts_set(),
                                  patterns_set()};
  return sets;
}

}  // namespace aml::flows
