#pragma once

#include <optional>
#include <string>

namespace aml::sot {

struct S3Credentials {
  std::string access_key;
  std::string secret_key;
  std::string session_token;  // empty: none
};

// From S3_ACCESS_KEY, S3_SECRET_KEY and S3_SESSION_TOKEN; then the AWS_* names; then the profile
// AWS_PROFILE (or "default") of AWS_SHARED_CREDENTIALS_FILE (or ~/.aws/credentials). Nothing, for
// anonymous requests, only where none of them is named: a token or half of a key pair without the
// rest, a file or a profile that is named and not there, and a profile without a whole pair are
// Error{usage}. Secrets are hidden from the log from here on.
std::optional<S3Credentials> s3_credentials_from_environment();

}  // namespace aml::sot
