#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "cases/entry.h"

// What the bodies of writes say. All functions throw Error{usage} with the sentence for who asked:
// where it is no JSON, a member is unknown, missing, of another type or too long.
namespace aml::cases {

// About which alerts: some by their ids, or all of a day of an address or a cluster.
struct Choice {
  std::vector<std::string> alerts;
  std::string address;
  std::string cluster_id;
};

struct DecisionRequest {
  Choice choice;
  Action action = Action::decide;
  Verdict verdict = Verdict::none;
  std::string reason;
  std::string note;
  std::string assignee;
  std::string due;
};
DecisionRequest parse_decision(std::string_view body);

struct UndoRequest {
  std::int64_t sequence = 0;
};
UndoRequest parse_undo(std::string_view body);

struct NextRequest {
  Stratum queue = Stratum::ranked;
  std::string after;  // the alert that is passed over for now, and freed; empty: none
};
NextRequest parse_next(std::string_view body);

struct LockRequest {
  std::string alert_id;
};
LockRequest parse_lock(std::string_view body);

inline constexpr std::size_t kLongestId = 1'024;
inline constexpr int kDeepestRequest = 4;

}  // namespace aml::cases
