#pragma once

#include <string>

#include "base/error.h"

namespace aml::cases {

// Why the store does not do what it was asked: somebody else was there first, or the rules forbid
// it. `kind` tells a client what to do.
class Conflict : public Error {
 public:
  enum class Kind { changed, forbidden };
  Conflict(Kind kind, const std::string& message) : Error(ErrorKind::usage, message), kind_(kind) {}
  Kind kind() const { return kind_; }

 private:
  Kind kind_;
};

// "the alert … is being worked on by …", a conflict with the rules.
Conflict forbidden(const std::string& alert_id, const std::string& why);

}  // namespace aml::cases
