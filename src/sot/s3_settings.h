#pragma once

#include <optional>
#include <string>

namespace aml::sot {

struct S3Credentials {
  std::string access_key;
  std::string secret_key;
  std::string session_token;  // empty: none
};

// How to reach an S3 service.
struct S3Settings {
  std::string endpoint;  // "http://127.0.0.1:8333", without a slash at the end
  std::string region;
  bool path_style = true;                    // endpoint/bucket/key; otherwise bucket.endpoint/key
  std::optional<S3Credentials> credentials;  // nothing: anonymous requests
  std::string ca_file;                       // extra certificate authorities; empty: the system's
};

// From the environment: S3_ENDPOINT, S3_REGION, S3_ACCESS_KEY, S3_SECRET_KEY, S3_SESSION_TOKEN,
// S3_ADDRESSING (path or virtual) and S3_CA_FILE; the AWS_* names next; the profile AWS_PROFILE of
// the shared credentials file last. Secrets are hidden from the log from here on. Throws
// Error{usage} where a setting makes no sense or half of a key pair is missing.
S3Settings s3_settings_from_environment();

}  // namespace aml::sot
