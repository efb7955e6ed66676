#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "cases/room.h"
#include "http/message.h"

// Answers of the API on the listener of cases, without the scores of alerts whose review is blind
// and which were never decided: what was shown once stays shown, whatever is undone or reopened.
// Their ranks are no secret: a queue gives alerts in their order.
namespace aml::cases {

// Whether the score of that alert is hidden at the moment. REQUIRES: the day has such an alert.
bool is_hidden(const Room& room, const std::string& date, const std::string& alert_id);

// The alerts of a day whose score is hidden at the moment, in the order of the ranks.
std::vector<std::string> hidden_alerts(const Room& room, const DayAlerts& day);

// Whether an answer to that path has scores of alerts: then it is for shown_blind() to give.
bool may_have_scores(std::string_view target);

// Of a list in which scores are hidden: it is read, changed and written anew for each request.
inline constexpr std::uint64_t kMostListBytes = 16 << 20;

// Asks the API with another request than the client's, for what is to be changed.
using AskApi = std::function<http::Response(http::Request request)>;

// The answer to a request that may_have_scores(), of somebody with a token: 403 for one alert that
// is hidden, and for lists in another form than JSON or chosen by score, 400 for lists of more than
// kMostListBytes; lists, tables and an address's days have null in place of what is hidden.
http::Response shown_blind(const Room& room, const http::Request& request, const AskApi& ask);

}  // namespace aml::cases
