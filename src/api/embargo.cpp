#include "api/embargo.h"

#include <chrono>
#include <utility>

#include "base/deadline.h"

namespace aml::api {

namespace {

ServiceOptions shown_options(ServiceOptions options, const Embargo& embargo) {
  options.is_held = [&embargo](Date date) { return embargo.is_held(date); };
  options.max_age += std::chrono::hours(24);  // so much later a day is shown, about
  return options;
}

// What is counted is counted and shown once.
ServiceOptions whole_options(ServiceOptions options) {
  options.metrics = nullptr;
  return options;
}

}  // namespace

bool Embargo::is_held(Date date) const {
  using std::chrono::milliseconds;
  const std::int64_t opened = opened_ms_;
  if (opened != kUntold) return date.epoch_ms() > opened;
  const auto now =
      std::chrono::duration_cast<milliseconds>(std::chrono::system_clock::now().time_since_epoch());
  return now < milliseconds(opening_ms(date));
}

void Embargo::note_opened(std::string_view text) {
  if (const auto date = Date::parse(text)) opened_ms_ = date->epoch_ms();
}

EmbargoedService::EmbargoedService(const ServiceOptions& options, http::Tokens tokens)
    : tokens_(std::move(tokens)),
      shown_(shown_options(options, embargo_)),
      whole_(whole_options(options)) {}

Service& EmbargoedService::service_for(const http::Request& request) {
  if (!tokens_.admit(request.fields.find("Authorization").value_or(""))) return shown_;
  if (const auto opened = request.fields.find(kOpenedField)) embargo_.note_opened(*opened);
  return whole_;
}

std::optional<http::Response> EmbargoedService::answer_now(http::Request& request) {
  return service_for(request).answer_now(request);
}

http::Response EmbargoedService::answer(http::Request& request) {
  return service_for(request).answer(request);
}

}  // namespace aml::api
