#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <functional>
#include <string>

#include "api/exchange.h"
#include "base/error.h"
#include "evidence/input_root.h"
#include "evidence/known_addresses.h"

// What answers made from a day's input have in common: read while the input stays the same, kept in
// memory by name, in the client's content coding.
namespace aml::api {

// What an answer is made of: its name among the answers of the day, and its members.
struct Evidence {
  std::string name;
  std::function<std::string()> read;
};

// The answer, or 304 where the client has it; nothing without patience.
Answer answer_evidence(const Exchange& exchange, const Evidence& evidence,
                       const evidence::InputDay& input);

// Throws Error{not_found} that names the file where the day's input lacks it.
void require_file(bool is_there, const char* file, const evidence::InputDay& day);

// Who is known of the exchange's day. REQUIRES: patience
evidence::KnownAddresses known_addresses(const Exchange& exchange);

// The value of a parameter between `min` and `max`. Throws Error{usage} that names it.
std::uint64_t number_between(const std::string& name, const std::string& text, std::uint64_t min,
                             std::uint64_t max);

// Throws Error{unavailable} where the input is no longer the one that `day` was found as.
void throw_if_replaced(const Exchange& exchange, const evidence::InputDay& day);

// Throws the error that is being handled in words fit for strangers; the log has the rest.
[[noreturn]] void throw_for_strangers(const Exchange& exchange, const evidence::InputDay& day);

// The value of `read(snapshot)`, from an input that stays the same meanwhile; errors become fit for
// strangers.
template <typename Read>
auto read_input(const Exchange& exchange, const evidence::InputDay& day, Read read) {
  try {
    const auto snapshot = exchange.inputs.open(day);
    auto value = read(*snapshot);
    throw_if_replaced(exchange, day);
    return value;
  } catch (const Error&) {
    throw_for_strangers(exchange, day);
  }
}

}  // namespace aml::api
