#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "cases/entry.h"
#include "http/handler.h"

namespace aml::cases {

// What the API's table says of a day's alerts, in the order of their ranks.
struct DayAlerts {
  struct Alert {
    std::string id;
    std::string address;     // empty: not known, as the two below
    std::string cluster_id;  // the best scored one
    std::string typology;
    std::int64_t rank = 0;  // 0: not ranked
    double score = 0;
    bool is_sanctioned = false;  // its address is on a sanctions list
    Stratum stratum = Stratum::ranked;
    bool is_blind = false;  // drawn: score and reasons are hidden until it is decided
  };
  std::string date;
  std::string etag;  // of the table
  std::vector<Alert> alerts;
  std::unordered_map<std::string_view, std::size_t> by_id;  // rows of `alerts`

  // Nothing where the day has no such alert.
  const Alert* find(std::string_view id) const;
};

// Throws Error{unavailable} where the text is no table of a day.
std::shared_ptr<DayAlerts> parse_table(std::string_view json, std::string etag);

// The days that are being worked on, always as the API has them now. May be called from any thread.
class Days {
 public:
  using Draw = std::function<void(const DayAlerts& day, DayAlerts::Alert& alert)>;
  // Of `api`, which outlives it, questions are asked with this Authorization field; `draw` sets an
  // alert's stratum, and whether it is blind.
  Days(http::Handler& api, std::string authorization, Draw draw)
      : api_(api), authorization_(std::move(authorization)), draw_(std::move(draw)) {}

  static constexpr std::size_t kMost = 4;

  // Throws Error{usage, not_found, unavailable} with the API's own sentence.
  std::shared_ptr<const DayAlerts> get(const std::string& date);

 private:
  http::Handler& api_;
  const std::string authorization_;
  const Draw draw_;
  std::mutex mutex_;
  std::list<std::shared_ptr<const DayAlerts>> days_;  // the last used first
};

}  // namespace aml::cases
