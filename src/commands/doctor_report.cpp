#include "commands/doctor_report.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/date.h"
#include "commands/text_page.h"

namespace aml::commands {

const char* name_of(Finding finding) {
  switch (finding) {
    case Finding::fine:
      return "ok";
    case Finding::unknown:
      return "unknown";
    case Finding::wanting:
      return "wanting";
    case Finding::failing:
      break;
  }
  return "failing";
}

Finding DoctorReport::worst() const {
  Finding worst = Finding::fine;
  for (const DoctorCheck& check : checks_) worst = std::max(worst, check.finding);
  return worst;
}

std::optional<EndCode> DoctorReport::end() const {
  switch (worst()) {
    case Finding::wanting:
      return EndCode::wanting;
    case Finding::failing:
      return EndCode::refused;
    default:
      return std::nullopt;
  }
}

std::string DoctorReport::text() const {
  TextPage page;
  for (const DoctorCheck& check : checks_) {
    page.add("{:12} {:8} {}: {}\n", check.name, name_of(check.finding), check.tried, check.means);
    if (!check.to_do.empty()) page.add("{:12} {:8} → {}\n", "", "", check.to_do);
  }
  return page.text();
}

nlohmann::ordered_json DoctorReport::json() const {
  auto checks = nlohmann::ordered_json::array();
  for (const DoctorCheck& check : checks_) {
    checks.push_back({{"name", check.name},
                      {"finding", name_of(check.finding)},
                      {"tried", check.tried},
                      {"means", check.means},
                      {"to_do", check.to_do}});
  }
  return {{"time", utc_now()},
          {"version", AML_VERSION},
          {"worst", name_of(worst())},
          {"checks", checks}};
}

}  // namespace aml::commands
