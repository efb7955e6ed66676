#include "flows/address_part.h"

#include <cstddef>

namespace aml::flows {

void PayersOfPart::finish() {
  std::sort(payments_.begin(), payments_.end());
  for (std::size_t i = 0; i < payments_.size(); ++i) {
    const bool has_others =
        (i > 0 && payments_[i - 1].first == payments_[i].first) ||
        (i + 1 < payments_.size() && payments_[i + 1].first == payments_[i].first);
    if (has_others) moments_.push_back(payments_[i].second);
  }
  std::vector<Payment>().swap(payments_);
  std::sort(moments_.begin(), moments_.end());
  moments_.erase(std::unique(moments_.begin(), moments_.end()), moments_.end());
}

}  // namespace aml::flows
