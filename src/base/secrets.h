#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace aml::log {

// Of secrets that are hidden, the oldest are forgotten: whoever reads tokens anew every minute for
// a month.
inline constexpr std::size_t kMostSecrets = 65'536;

// What lines must not show. Not to be called by two threads at once.
class Secrets {
 public:
  explicit Secrets(std::size_t most = kMostSecrets) : most_(most) {}

  // Forgets the oldest one where there are more than `most`.
  void add(std::string secret);
  // The text with "***" in place of each.
  std::string hidden_in(std::string_view text) const;
  // Overwrites them in memory.
  void wipe_all();
  static void wipe(std::string& secret);

 private:
  struct Secret {
    std::string text;
    std::uint64_t number;
  };
  std::size_t most_;
  std::vector<Secret> secrets_;  // longer ones first
  std::uint64_t added_ = 0;
};

}  // namespace aml::log
