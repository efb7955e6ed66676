#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cases/day_alerts.h"
#include "cases/desk.h"
#include "cases/queues.h"
#include "cases/requests.h"
#include "cases/store.h"
#include "cases/users.h"
#include "http/message.h"

// What is answered about cases, and done to them.
namespace aml::cases {

// What others did since the version that a write names, and is told with its answer, at most.
inline constexpr std::size_t kMostOthersTold = 1'000;

// A version of a file of cases is how many entries it had. As an ETag it names the file, too.
std::string version_of(Store& store, std::int64_t sequence);

struct Room {
  Store& store;
  const Desk& desk;
  Days& days;
  const Users& users;
  Queues& queues;
};

// How many entries a client has seen who names a version of this file, of a day or of all; nothing
// where it is none.
std::optional<std::int64_t> seen_until(const Room& room, std::string_view version);

// Of a day's cases, of which the batch and the share of blind reviews tell, too, what is hidden.
std::string version_of(const Room& room, const DayAlerts& day, std::int64_t sequence);

// A version that a client named, after that entry: of the same batch, whatever the day's is by now.
// REQUIRES: seen_until() of it is something
std::string version_after(const Room& room, std::string_view version, std::int64_t sequence);

// The answers, as JSON that no cache may keep; those with a version may be asked for again by it.
// `since`: a version of the day that the client has, of which only what changed is answered; empty,
// or where it is none that can be told apart: all.
http::Response show_day(const Room& room, const http::Request& request, const std::string& date,
                        const std::string& since);
http::Response show_queues(const Room& room, const std::string& date);
http::Response show_alert(const Room& room, const User& user, const std::string& date,
                          const std::string& alert_id);
http::Response show_address(const Room& room, const std::string& address);
http::Response show_user(const Room& room, const User& user);
// What was decided from one day to another: verdicts, blind and not, and what the first k by rank
// held. Throws Error{usage} where one is no date.
http::Response show_report(const Room& room, const std::string& from, const std::string& to);

// The writes. `if_match` is the field's value; 412 where it is no version that was seen, or
// something newer happened, 409 where the rules forbid it.
http::Response decide(const Room& room, const User& user, const std::string& date,
                      std::string_view if_match, const DecisionRequest& asked);
http::Response undo(const Room& room, const User& user, const std::string& date,
                    std::string_view if_match, const UndoRequest& asked);
http::Response next(const Room& room, const User& user, const std::string& date,
                    const NextRequest& asked);
http::Response release(const Room& room, const User& user, const std::string& date,
                       const LockRequest& asked);

// Earlier decisions on an address that an alert is offered, at most so many.
inline constexpr std::size_t kMostOffers = 10;
// Decisions on an address that are shown at most.
inline constexpr std::size_t kMostOfAddress = 1'000;

// For both files: a response of a JSON text.
http::Response json_answer(const nlohmann::ordered_json& json, const std::string& etag = "");
nlohmann::ordered_json state_json(const CaseState& one);

}  // namespace aml::cases
