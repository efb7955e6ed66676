#pragma once

#include <cstdint>
#include <string>
#include <string_view>

// Money and times of flows as members of JSON.
namespace aml::evidence {

// An amount in 1e-4 USD, in USD.
void append_usd(std::string& json, std::int64_t amount);

// `,"NAME":` and the second since 1970 in milliseconds, null for 0: the input does not say.
void append_timestamp(std::string& json, std::string_view name, std::int64_t second);

}  // namespace aml::evidence
