#include "cases/day_alerts.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/detail.h"
#include "base/error.h"
#include "http/message.h"
#include "http/whole_body.h"

namespace aml::cases {

namespace {

using Json = nlohmann::json;

// A column that is an array, or {values, codes}, or null where its file is missing.
class Column {
 public:
  Column(const Json& columns, const char* name) {
    const auto found = columns.find(name);
    if (found == columns.end() || found->is_null()) return;
    if (found->is_object()) {
      cells_ = &found->at("codes");
      values_ = &found->at("values");
    } else {
      cells_ = &*found;
    }
  }
  // Null where there is none.
  const Json* at(std::size_t row) const {
    if (cells_ == nullptr) return nullptr;
    const Json& cell = cells_->at(row);
    if (cell.is_null()) return nullptr;
    return values_ == nullptr ? &cell : &values_->at(cell.get<std::size_t>());
  }
  std::string text(std::size_t row) const {
    const Json* cell = at(row);
    return cell == nullptr ? "" : cell->get<std::string>();
  }
  double number(std::size_t row) const {
    const Json* cell = at(row);
    return cell == nullptr ? 0 : cell->get<double>();
  }

 private:
  const Json* cells_ = nullptr;
  const Json* values_ = nullptr;
};

ErrorKind kind_of(int status) {
  if (status == 404) return ErrorKind::not_found;
  return status == 400 ? ErrorKind::usage : ErrorKind::unavailable;
}

}  // namespace

const DayAlerts::Alert* DayAlerts::find(std::string_view id) const {
  const auto row = by_id.find(id);
  return row == by_id.end() ? nullptr : &alerts[row->second];
}

std::shared_ptr<DayAlerts> parse_table(std::string_view text, std::string etag) {
  try {
    const Json json = Json::parse(text);
    const Json& columns = json.at("columns");
    const Column ids(columns, "alert_id");
    const Column addresses(columns, "address");
    const Column clusters(columns, "cluster_id");
    const Column typologies(columns, "typology_type");
    const Column ranks(columns, "rank");
    const Column scores(columns, "score");
    const Column sanctioned(columns, "sanctioned");
    auto day = std::make_shared<DayAlerts>();
    day->date = json.at("processing_date").get<std::string>();
    day->etag = std::move(etag);
    const std::size_t rows = columns.at("alert_id").size();
    day->alerts.reserve(rows);
    for (std::size_t row = 0; row < rows; ++row) {
      day->alerts.push_back({.id = ids.text(row),
                             .address = addresses.text(row),
                             .cluster_id = clusters.text(row),
                             .typology = typologies.text(row),
                             .rank = static_cast<std::int64_t>(ranks.number(row)),
                             .score = scores.number(row),
                             .is_sanctioned = sanctioned.number(row) == 1});
    }
    for (std::size_t row = 0; row < rows; ++row) day->by_id.emplace(day->alerts[row].id, row);
    return day;
  } catch (const Json::exception& e) {
    throw Error(ErrorKind::unavailable,
                fmt::format("the table of the day's alerts cannot be read: {}", e.what()));
  }
}

std::shared_ptr<const DayAlerts> Days::get(const std::string& date) {
  std::shared_ptr<const DayAlerts> known;
  {
    const std::lock_guard lock(mutex_);
    const auto found = std::find_if(days_.begin(), days_.end(),
                                    [&](const auto& day) { return day->date == date; });
    if (found != days_.end()) {
      known = *found;
      days_.splice(days_.begin(), days_, found);
    }
  }
  http::Request question{.method = "GET", .target = "/table/alerts/" + date};
  question.fields.add("Authorization", authorization_);
  question.fields.add("Accept-Encoding", "identity");
  if (known) question.fields.add("If-None-Match", known->etag);
  http::Response response = api_.answer(question);
  if (response.status == 304) return known;
  const std::string body = http::whole_body(response);
  if (response.status != 200) {
    throw Error(kind_of(response.status),
                detail_of(body).value_or("the table of the day's alerts does not come"));
  }
  auto day = parse_table(body, http::field_of(response, "ETag"));
  for (DayAlerts::Alert& alert : day->alerts) draw_(*day, alert);
  const std::lock_guard lock(mutex_);
  days_.remove_if([&](const auto& other) { return other->date == day->date; });
  days_.push_front(day);
  if (days_.size() > kMost) days_.pop_back();
  return day;
}

}  // namespace aml::cases
