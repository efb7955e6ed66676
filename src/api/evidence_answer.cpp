#include "api/evidence_answer.h"

#include <iterator>
#include <utility>

#include "base/files.h"
#include "base/json_text.h"
#include "base/log.h"
#include "base/parse_number.h"
#include "evidence/known_limits.h"
#include "http/compression.h"
#include "http/conditional.h"
#include "results/rows.h"

namespace aml::api {

using evidence::InputDay;

namespace {

std::string with_day(const Day& day, std::string_view members) {
  std::string json = "{\"processing_date\":";
  append_json_text(json, day.metadata.processing_date);
  json += ",\"network\":";
  append_json_text(json, day.metadata.network);
  fmt::format_to(std::back_inserter(json), ",\"window_days\":{},", day.metadata.window_days);
  json += members;
  return json += "}\n";
}

// The body in a content coding; null without patience.
Body evidence_body(const Exchange& exchange, const Evidence& evidence, const InputDay& input,
                   std::string_view coding) {
  const std::string key = cache_key(
      *exchange.day, fmt::format("evidence {} {} {}", coding, input.identity, evidence.name));
  return exchange.cache.get<std::string>(key, exchange.patience, [&](http::Budget::Charge&) {
    std::string bytes =
        coding == "identity"
            ? with_day(*exchange.day, evidence.read())
            : http::encode(coding, *evidence_body(exchange, evidence, input, "identity"));
    const Body body = http::make_body(std::move(bytes));
    return http::Cache::Made<std::string>{body, body->capacity()};
  });
}

}  // namespace

Answer answer_evidence(const Exchange& exchange, const Evidence& evidence, const InputDay& input) {
  const auto coding = http::wanted_coding(exchange.request);
  if (!coding) return http::no_coding();
  const auto tag = etag(exchange, kAlertScores.file,
                        fmt::format("{} {} {}", evidence.name, input.identity, *coding));
  if (!tag) return std::nullopt;
  Response response = http::conditional(
      exchange.request, http::Representation{.etag = *tag,
                                             .cache_control = std::string(cache_control(exchange)),
                                             .coding = *coding,
                                             .vary = "Accept-Encoding"});
  if (response.status == 304) return response;
  response.body = evidence_body(exchange, evidence, input, *coding);
  if (!response.body) return std::nullopt;
  return response;
}

void require_file(bool is_there, const char* file, const InputDay& day) {
  if (is_there) return;
  throw Error(ErrorKind::not_found,
              fmt::format("the server has no {} of {}: serve reads inputs from --input-root", file,
                          day.date.text()));
}

evidence::KnownAddresses known_addresses(const Exchange& exchange) {
  constexpr const char* kFile = results::kKnownAddressesFile;
  if (!file_size_if_exists(exchange.day->directory / kFile)) return evidence::KnownAddresses();
  return evidence::KnownAddresses(json_bytes(exchange, kFile, evidence::kMostKnownBytes));
}

std::uint64_t number_between(const std::string& name, const std::string& text, std::uint64_t min,
                             std::uint64_t max) {
  const auto value = parse_number<std::uint64_t>(text);
  if (!value || *value < min || *value > max) {
    throw Error(ErrorKind::usage,
                fmt::format("{} must be a whole number from {} to {}", name, min, max));
  }
  return *value;
}

void throw_if_replaced(const Exchange& exchange, const InputDay& day) {
  if (exchange.inputs.find(day.date).identity == day.identity) return;
  throw Error(ErrorKind::unavailable,
              fmt::format("the input of {} is being replaced; try again", day.date.text()));
}

void throw_for_strangers(const Exchange& exchange, const InputDay& day) {
  try {
    throw;
  } catch (const snapshot::TooManyRows& e) {
    log::error(e.what(), {{"processing_date", day.date.text()}});
    throw Error(ErrorKind::unavailable,
                fmt::format("{} of {} has more rows than this server reads: serve with a larger "
                            "--max-rows",
                            e.file_name(), day.date.text()));
  } catch (const Error& e) {
    if (e.kind() == ErrorKind::interrupted) throw;
    throw_if_replaced(exchange, day);
    if (e.kind() == ErrorKind::out_of_memory) {
      log::error(e.what(), {{"processing_date", day.date.text()}});
      throw Error(ErrorKind::unavailable,
                  "the question takes more memory than the server gives it; try again later");
    }
    if (e.kind() != ErrorKind::bad_input && e.kind() != ErrorKind::no_space) throw;
    log::error(e.what(), {{"processing_date", day.date.text()}});
    throw Error(ErrorKind::unavailable,
                fmt::format("a file of {} cannot be read, the server's log says which; that day "
                            "must be downloaded and processed again",
                            day.date.text()));
  }
}

}  // namespace aml::api
