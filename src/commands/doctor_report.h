#pragma once

#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "commands/command_end.h"

namespace aml::commands {

// What a check of `doctor` came to, from the best to the worst.
enum class Finding {
  fine,
  unknown,  // it cannot be seen from here, or not now
  wanting,  // all goes on, for now
  failing,  // days or pay are lost
};
const char* name_of(Finding finding);

struct DoctorCheck {
  std::string name;  // one word, or two; with several networks also whose
  Finding finding = Finding::fine;
  std::string tried;  // what was looked at
  std::string means;  // what came of it
  std::string to_do;  // empty where there is nothing to do
};

// What `doctor` has found so far.
class DoctorReport {
 public:
  void add(DoctorCheck check) { checks_.push_back(std::move(check)); }
  const std::vector<DoctorCheck>& checks() const { return checks_; }
  Finding worst() const;
  // The code to end with; nothing where nothing is wanting.
  std::optional<EndCode> end() const;

  std::string text() const;
  nlohmann::ordered_json json() const;

 private:
  std::vector<DoctorCheck> checks_;
};

}  // namespace aml::commands
