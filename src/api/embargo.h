#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string_view>

#include "api/service.h"
#include "base/date.h"
#include "http/tokens.h"

namespace aml::api {

// Until when a day's scores are nobody's: opening_ms(), by the chain's clock once the miner has
// told which day it opened last (kOpenedField), before that by the system's. May be asked from any
// thread.
class Embargo {
 public:
  bool is_held(Date date) const;
  // By whoever has a token. Nothing that is no day counts.
  void note_opened(std::string_view date);

 private:
  static constexpr std::int64_t kUntold = 0;
  std::atomic<std::int64_t> opened_ms_{kUntold};  // the day's begin
};

// Shows days that are held to clients with one of the tokens alone: to others such a day is not
// there.
class EmbargoedService : public http::Handler {
 public:
  EmbargoedService(const ServiceOptions& options, http::Tokens tokens);

  std::optional<http::Response> answer_now(http::Request& request) override;
  http::Response answer(http::Request& request) override;
  bool takes_bodies() const override { return shown_.takes_bodies(); }

 private:
  Service& service_for(const http::Request& request);

  const http::Tokens tokens_;
  Embargo embargo_;
  Service shown_;  // to everyone
  Service whole_;
};

}  // namespace aml::api
