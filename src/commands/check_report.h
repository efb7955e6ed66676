#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "commands/command_end.h"
#include "validation/verdict.h"
#include "validator/self_check.h"

namespace aml::commands {

// What `check` found, for people and for programs.
struct CheckReport {
  std::string date;
  std::size_t alerts = 0;
  bool is_of_snapshot = true;  // whether the batch was made from the snapshot
  validation::Verdict verdict;
  validator::Earnings earnings;
};

// With which code the command ends; nothing where there is nothing to find fault with.
std::optional<EndCode> end_of(const CheckReport& report);
std::string words_of(std::optional<EndCode> end);

// Each check with what to do about it; docs/mining.md.
nlohmann::ordered_json json_of(const CheckReport& report);
std::string table_of(const CheckReport& report);

}  // namespace aml::commands
