#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "service/webhooks.h"

// What validators say of our hotkey, as far as anyone can know: their pages tell it to everyone
// (docs/validating.md).
namespace aml::service {

// Days of a history that are looked at.
inline constexpr std::size_t kMostVerdictDays = 60;

// Of the file that keeps which zeros were told of.
inline constexpr std::uint64_t kMostToldBytes = 1 << 20;

// Below an output root: that file.
inline constexpr const char* kToldVerdictsFile = ".service/told-verdicts.json";

// A verdict on a day, by the day or by its truth.
struct DayVerdict {
  std::string processing_date;
  std::string stage;  // "day", or "truth"
  bool is_zero = false;
};

// Those of the newest days in a validator's /miners/{hotkey}/history, at most one of each day and
// stage, the newest last. Throws Error{bad_input} for what is no such answer.
std::vector<DayVerdict> newest_verdicts(std::string_view history);

// Whom to ask.
struct VerdictRules {
  std::vector<std::string> validators{};  // addresses of their pages; none: nothing is asked
  std::string network{};                  // for who is told
  // Keeps over restarts which zeros were told of; without one it is forgotten.
  std::filesystem::path told_file{};
  bool operator==(const VerdictRules&) const = default;
};

// By validator and hotkey, as "https://v 5F": the days and stages of which was told.
using ToldVerdicts = std::map<std::string, std::set<std::string>>;

// What a file keeps; nothing, and a warning where it is there, where it cannot be read.
ToldVerdicts read_told_verdicts(const std::filesystem::path& file);

// Asks once an hour, on a thread of its own, and tells of each zero of the newest days until
// somebody has got it; at the first answer ever of the newest verdict alone. Killed between telling
// and noting it, it tells again. The log has a line for each zero, and for a validator that does
// not answer, or does not know us, once.
class VerdictWatch {
 public:
  // As Webhooks::tell().
  using Tell = std::function<void(const DayEvent&, std::function<void(bool taken)> told)>;
  explicit VerdictWatch(Tell tell) : tell_(std::move(tell)) {}
  ~VerdictWatch();
  VerdictWatch(const VerdictWatch&) = delete;
  VerdictWatch& operator=(const VerdictWatch&) = delete;

  // Who we are stands in our miner's /v1/info. `miner_url` is asked by the thread, each time: a
  // miner that was started again may listen elsewhere.
  void configure(const VerdictRules& rules, std::function<std::string()> miner_url = {});

 private:
  void keep_asking(const std::stop_token& stop);
  bool ask_all(const VerdictRules& rules, const std::function<std::string()>& miner_url);
  void ask(const VerdictRules& rules, const std::string& validator, const std::string& hotkey);

  struct Told;  // which zeros were told of; outlives this, where messages are on their way
  void tell_of(const VerdictRules& rules, const std::string& validator, const std::string& hotkey,
               const DayVerdict& verdict);

  const Tell tell_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  VerdictRules rules_;
  std::function<std::string()> miner_url_;
  bool is_new_ = false;
  const std::shared_ptr<Told> told_ = make_told();
  static std::shared_ptr<Told> make_told();
  // Only the thread asks.
  ToldVerdicts logged_;         // zeros that the log has a line for
  std::set<std::string> said_;  // validators
  std::jthread thread_;         // once there is somebody to ask
};

}  // namespace aml::service
