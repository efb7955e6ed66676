// An entry as the trail has it.
#include <fmt/format.h>

#include <array>
#include <bitset>
#include <cstddef>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/error.h"
#include "cases/entry.h"

namespace aml::cases {

namespace {

using Json = nlohmann::ordered_json;

enum Member : std::size_t {
  sequence,
  at,
  author,
  action,
  date,
  alert_id,
  address,
  cluster_id,
  typology,
  rank,
  score,
  stratum,
  weight,
  blind,
  group,
  through,
  verdict,
  reason,
  note,
  assignee,
  due,
  needs_second,
  undoes,
  none
};
constexpr std::array<std::string_view, none> kMembers{
    "sequence", "at",     "author", "action",   "date",   "alert_id",     "address", "cluster_id",
    "typology", "rank",   "score",  "stratum",  "weight", "blind",        "group",   "through",
    "verdict",  "reason", "note",   "assignee", "due",    "needs_second", "undoes"};

// Takes an entry from its JSON as it is read: millions of them are verified at a time. Members that
// an entry does not have are passed over.
class EntryReader {
 public:
  bool null() { return other(); }
  bool binary(Json::binary_t&) { return other(); }
  bool boolean(bool value) {
    if (is_inside()) return true;
    switch (member_) {
      case blind:
        return take(entry_.subject.is_blind, value);
      case needs_second:
        return take(entry_.needs_second, value);
      default:
        return other();
    }
  }
  bool number_integer(std::int64_t value) { return number(value); }
  bool number_unsigned(std::uint64_t value) { return number(static_cast<std::int64_t>(value)); }
  bool number_float(double value, const std::string&) {
    if (is_inside()) return true;
    switch (member_) {
      case score:
        return take(entry_.subject.score, value);
      case weight:
        return take(entry_.subject.weight, value);
      default:
        return other();
    }
  }
  bool string(std::string& value) {
    if (is_inside()) return true;
    Subject& subject = entry_.subject;
    switch (member_) {
      case at:
        return take(entry_.at, std::move(value));
      case author:
        return take(entry_.author, std::move(value));
      case action:
        return take_kind(entry_.action, action_of(value));
      case date:
        return take(subject.date, std::move(value));
      case alert_id:
        return take(subject.alert_id, std::move(value));
      case address:
        return take(subject.address, std::move(value));
      case cluster_id:
        return take(subject.cluster_id, std::move(value));
      case typology:
        return take(subject.typology, std::move(value));
      case stratum:
        return take_kind(subject.stratum, stratum_of(value));
      case through:
        return take(entry_.through, std::move(value));
      case verdict:
        return take_kind(entry_.verdict, verdict_of(value));
      case reason:
        return take(entry_.reason, std::move(value));
      case note:
        return take(entry_.note, std::move(value));
      case assignee:
        return take(entry_.assignee, std::move(value));
      case due:
        return take(entry_.due, std::move(value));
      default:
        return other();
    }
  }
  bool start_object(std::size_t) { return start(); }
  bool start_array(std::size_t) { return depth_ == 0 ? refuse("no object") : start(); }
  bool end_object() { return end(); }
  bool end_array() { return end(); }
  bool key(std::string& name) {
    if (depth_ > 1) return true;
    // Nearly always they come in their order.
    member_ = next_ < none && kMembers[next_] == name ? next_ : place_of(name);
    next_ = member_ + 1;
    return true;
  }
  bool parse_error(std::size_t, const std::string&, const Json::exception& e) {
    return refuse(e.what());
  }

  // REQUIRES: all was read.
  Entry entry() {
    for (std::size_t i = 0; i < none; ++i) {
      if (!found_[i]) refuse(fmt::format("{} is missing", kMembers[i]));
    }
    return std::move(entry_);
  }

 private:
  [[noreturn]] static bool refuse(std::string_view why) {
    throw Error(ErrorKind::bad_input, fmt::format("no entry of a trail of cases: {}", why));
  }
  static std::size_t place_of(std::string_view name) {
    for (std::size_t i = 0; i < none; ++i) {
      if (kMembers[i] == name) return i;
    }
    return none;
  }
  bool is_inside() const { return depth_ > 1; }
  bool start() {
    if (depth_ == 1) std::ignore = other();
    ++depth_;
    return true;
  }
  bool end() {
    --depth_;
    return true;
  }
  // A value of another type than the member has.
  bool other() const {
    if (depth_ == 0) refuse("no object");
    if (is_inside() || member_ == none) return true;
    refuse(fmt::format("{} is of another type", kMembers[member_]));
  }
  template <typename Value>
  bool take(Value& target, Value value) {
    target = std::move(value);
    found_.set(member_);
    return true;
  }
  template <typename Kind>
  bool take_kind(Kind& target, std::optional<Kind> kind) {
    if (!kind) refuse(fmt::format("it has another {} than there are", kMembers[member_]));
    return take(target, *kind);
  }
  bool number(std::int64_t value) {
    if (is_inside()) return true;
    switch (member_) {
      case sequence:
        return take(entry_.sequence, value);
      case rank:
        return take(entry_.subject.rank, value);
      case group:
        return take(entry_.group, value);
      case undoes:
        return take(entry_.undoes, value);
      case score:
        return take(entry_.subject.score, static_cast<double>(value));
      case weight:
        return take(entry_.subject.weight, static_cast<double>(value));
      default:
        return other();
    }
  }

  Entry entry_;
  std::bitset<none> found_;
  std::size_t member_ = none;
  std::size_t next_ = 0;
  int depth_ = 0;
};

}  // namespace

std::string to_json(const Entry& entry) {
  const Subject& subject = entry.subject;
  const Json json{{"sequence", entry.sequence},
                  {"at", entry.at},
                  {"author", entry.author},
                  {"action", name_of(entry.action)},
                  {"date", subject.date},
                  {"alert_id", subject.alert_id},
                  {"address", subject.address},
                  {"cluster_id", subject.cluster_id},
                  {"typology", subject.typology},
                  {"rank", subject.rank},
                  {"score", subject.score},
                  {"stratum", name_of(subject.stratum)},
                  {"weight", subject.weight},
                  {"blind", subject.is_blind},
                  {"group", entry.group},
                  {"through", entry.through},
                  {"verdict", name_of(entry.verdict)},
                  {"reason", entry.reason},
                  {"note", entry.note},
                  {"assignee", entry.assignee},
                  {"due", entry.due},
                  {"needs_second", entry.needs_second},
                  {"undoes", entry.undoes}};
  return json.dump();
}

Entry entry_of(std::string_view text) {
  EntryReader reader;
  Json::sax_parse(text, &reader);
  return reader.entry();
}

}  // namespace aml::cases
