#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace aml::validation {

// Random numbers that nobody can foresee who does not hold the secret: they are drawn anew for
// every purpose, such as a round and a miner, and can be drawn again to prove a verdict later.
class SecretDraw {
 public:
  // REQUIRES: secret holds at least 16 random bytes.
  SecretDraw(std::string_view secret, std::string_view purpose);

  std::uint64_t next();
  // In [0, bound), without bias that would matter. REQUIRES: bound > 0.
  std::size_t below(std::size_t bound);
  // `size` different numbers of [0, count), ascending; all of them where size >= count.
  std::vector<std::size_t> sample(std::size_t count, std::size_t size);

 private:
  std::string key_;
  std::uint64_t counter_ = 0;
  std::string block_;
  std::size_t used_ = 0;
};

}  // namespace aml::validation
