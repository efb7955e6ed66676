#pragma once

#include <optional>

#include "http/message.h"

namespace aml::http {

// What answers the requests of a server. All functions may be called from any thread, for many
// requests at once, and throw nothing: whatever goes wrong is a response.
class Handler {
 public:
  Handler() = default;
  virtual ~Handler() = default;
  Handler(const Handler&) = delete;
  Handler& operator=(const Handler&) = delete;

  // The answer where it is at hand; nothing where it takes longer than some ten microseconds, since
  // it keeps the other clients of the thread waiting. May leave what it found out in
  // request.context.
  virtual std::optional<Response> answer_now(Request& request) = 0;
  // The answer, however long it takes; called on a builder thread, where answer_now() gave nothing.
  virtual Response answer(Request& request) = 0;
  // Whether any request's body matters: otherwise none is kept.
  virtual bool takes_bodies() const { return true; }
  // Of requests that wait for a builder thread, those with a higher priority are answered first.
  virtual int priority(const Request&) const { return 0; }
};

}  // namespace aml::http
