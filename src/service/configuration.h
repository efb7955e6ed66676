#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "service/retention.h"
#include "service/schedule.h"
#include "service/webhooks.h"

namespace aml::service {

inline constexpr std::uint64_t kMostConfigurationBytes = 1 << 20;

// Bounds of a stage's process.
struct StageLimits {
  int nice = 10;
  std::chrono::milliseconds timeout = std::chrono::hours(6);
  std::uint64_t address_space = 0;                      // bytes; 0: as much as there is
  const char* timeout_name = "stages.timeout-seconds";  // the setting, for who is told
};

// When challengers are trained, of what, and what becomes of them.
struct TrainingRules {
  int every_days = 0;     // 0: never
  bool promotes = false;  // what the interval says is better; otherwise somebody is asked
  int most_days = 14;     // that one learns from
  int judged_days = 7;    // the newest with truth, that it does not learn from
  int keep = 3;           // challengers
  std::chrono::milliseconds timeout = std::chrono::hours(3);
};

// What `run` does, from its file. docs/configuration.md says what each setting means.
struct Configuration {
  std::string network;                // the one, or the first
  std::vector<std::string> networks;  // where there are several: all, in folders of their names
  int days = 7;                       // length of the snapshot's window
  std::string sot;
  std::filesystem::path input_root = "./input";
  std::filesystem::path output_root = "./output";
  std::string models_dir;
  ScheduleRules schedule;
  std::chrono::milliseconds poll = std::chrono::minutes(5);
  std::chrono::seconds late_after = std::chrono::hours(48);
  RetentionRules inputs{.days = 60};
  RetentionRules outputs{.days = 365};
  StageLimits limits;
  TrainingRules training;
  bool is_one_of_several = false;  // that of_network() made
  WebhookRules webhooks;
  std::vector<std::string> validators;  // addresses of pages that are asked for our verdicts
  bool checks = true;
  bool serves = true;
  bool mines = false;
  // Options of the commands, "--threads" and "4" one after the other.
  std::vector<std::string> download;
  std::vector<std::string> process;
  std::vector<std::string> check;
  std::vector<std::string> train;
  std::vector<std::string> serve;
  std::vector<std::string> mine;
};

// As it is for one of its networks: with the folders of that one alone.
Configuration of_network(const Configuration& configuration, const std::string& network);
// All of them, one or several.
std::vector<std::string> all_networks(const Configuration& configuration);

// Throws Error{usage} with file, line and key, and what is allowed, where anything in the text is
// no setting, of another type, or out of range.
Configuration parse_configuration(std::string_view text, const std::string& file);
// Of a file. Throws besides as read_file does.
Configuration read_configuration(const std::filesystem::path& file);

}  // namespace aml::service
