#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

// What a service remembers of its trainings, in a file below the output root.
namespace aml::service {

inline constexpr const char* kTrainingStateFile = ".service/training.json";
inline constexpr const char* kChallengersFolder = ".service/challengers";  // {version}/ each
inline constexpr std::uint64_t kMostTrainingStateBytes = 1 << 20;

// What became of a challenger.
inline constexpr const char* kTrained = "trained";      // and not judged yet
inline constexpr const char* kWaiting = "waiting";      // better; somebody is asked to promote it
inline constexpr const char* kPromoted = "promoted";    // better, and in use
inline constexpr const char* kRefused = "refused";      // worse, or a validator would fine it
inline constexpr const char* kUndecided = "undecided";  // the interval holds 0

struct TrainingState {
  std::string fingerprint{};    // of the days of the last training that came to its end
  std::int64_t trained_at = 0;  // seconds since 1970; 0: never
  // Of the training or judgement that is tried now.
  int failures = 0;
  std::int64_t tried_at = 0;
  bool is_lasting = false;  // will_last() of the last failure
  bool is_running = false;  // stands so on disk only where the service was killed meanwhile
  // The last challenger; "" where there is none.
  std::string challenger{};
  std::string outcome{};              // one of the above
  std::vector<std::string> judged{};  // days
  std::string command{};              // that promotes it
};

// What stands there; nothing of it where there is no such file, or a damaged one, with a warning.
TrainingState read_training_state(const std::filesystem::path& output_root);
// Throws Error where it cannot be written.
void write_training_state(const std::filesystem::path& output_root, const TrainingState& state);

}  // namespace aml::service
