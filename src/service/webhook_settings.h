#pragma once

#include <cstdint>
#include <string>

// What is asked of a secret before anyone is told.
namespace aml::service {

inline constexpr std::uint64_t kMostWebhookSecretBytes = 4096;

// The first line of a file; the log hides it from now on. Throws as read_file does, and
// Error{bad_input} where that line is empty.
std::string webhook_secret(const std::string& file);

}  // namespace aml::service
