#include "validation/secret.h"

#include <algorithm>
#include <cstring>
#include <numeric>
#include <unordered_set>

#include "base/error.h"
#include "base/hash.h"

namespace aml::validation {

SecretDraw::SecretDraw(std::string_view secret, std::string_view purpose) {
  constexpr std::size_t kShortestSecret = 16;
  if (secret.size() < kShortestSecret) {
    throw Error(ErrorKind::internal, "a secret of fewer than 16 bytes protects nothing");
  }
  key_ = hmac_sha256(secret, purpose);
}

// HMAC-SHA256 over a counter: a stream that does not give its key away.
std::uint64_t SecretDraw::next() {
  if (used_ + sizeof(std::uint64_t) > block_.size()) {
    block_ = hmac_sha256(key_, std::to_string(counter_++));
    used_ = 0;
  }
  std::uint64_t value = 0;
  std::memcpy(&value, block_.data() + used_, sizeof value);
  used_ += sizeof value;
  return value;
}

std::size_t SecretDraw::below(std::size_t bound) { return next() % bound; }

std::vector<std::size_t> SecretDraw::sample(std::size_t count, std::size_t size) {
  std::vector<std::size_t> chosen;
  if (size >= count) {
    chosen.resize(count);
    std::iota(chosen.begin(), chosen.end(), std::size_t{0});
    return chosen;
  }
  // Floyd's method: as many draws as there are numbers to choose.
  std::unordered_set<std::size_t> taken;
  for (std::size_t last = count - size; last < count; ++last) {
    const std::size_t draw = below(last + 1);
    chosen.push_back(taken.insert(draw).second ? draw : last);
    taken.insert(chosen.back());
  }
  std::sort(chosen.begin(), chosen.end());
  return chosen;
}

}  // namespace aml::validation
