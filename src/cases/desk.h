#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "cases/day_alerts.h"
#include "cases/schema.h"

// How a team works: what it reviews, in which order, with how many eyes.
namespace aml::cases {

struct DeskRules {
  // Ranks up to it are reviewed, of those below it a sample; 0: all are reviewed.
  std::int64_t line = 0;
  double sample_share = 0.01;  // of the alerts below the line
  double blind_share = 0.05;   // of the alerts of which score and reasons are hidden until decided
  std::set<Verdict> four_eyes{};  // verdicts that another person must confirm
};

// A day's alerts under a team's rules. From the file's secret it follows who is drawn: nobody
// outside can tell beforehand.
class Desk {
 public:
  Desk(DeskRules rules, Draws draws) : rules_(std::move(rules)), draws_(std::move(draws)) {}

  const DeskRules& rules() const { return rules_; }
  // Whether an alert of that name would be drawn. What is drawn stays drawn, whatever is asked and
  // when.
  bool is_blind(std::string_view date, std::string_view alert_id) const;
  Stratum stratum(const DayAlerts& day, const DayAlerts::Alert& alert) const;
  Subject subject(const DayAlerts& day, const DayAlerts::Alert& alert) const;
  bool needs_second(Verdict verdict) const { return rules_.four_eyes.contains(verdict); }

 private:
  bool is_drawn(std::string_view what, std::string_view date, std::string_view alert_id,
                double share) const;

  DeskRules rules_;
  Draws draws_;
};

}  // namespace aml::cases
