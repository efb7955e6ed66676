#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/error.h"

namespace aml::cases {

// Why the store does not do what it was asked: somebody else was there first, or the rules forbid
// it. `kind` tells a client what to do, `alerts` what stands in the way: their ids.
class Conflict : public Error {
 public:
  enum class Kind { changed, forbidden };
  Conflict(Kind kind, const std::string& message, std::vector<std::string> alerts)
      : Error(ErrorKind::usage, message), kind_(kind), alerts_(std::move(alerts)) {}
  Kind kind() const { return kind_; }
  const std::vector<std::string>& alerts() const { return alerts_; }

 private:
  Kind kind_;
  std::vector<std::string> alerts_;
};

// Of several alerts, each of which may be in the way of the rest.
class Conflicts {
 public:
  // Does something with one of them, and keeps the Conflict that it throws.
  template <typename Work>
  void look(Work work) {
    try {
      work();
    } catch (const Conflict& conflict) {
      found_.push_back(conflict);
    }
  }
  // Throws one Conflict of all that were found, in the words of the first one; `changed` where one
  // is, since a client that looks again sees the others then, too.
  void throw_if_any() const;

 private:
  std::vector<Conflict> found_;
};

// "the alert … is being worked on by …", a conflict with the rules.
Conflict forbidden(const std::string& alert_id, const std::string& why);

}  // namespace aml::cases
