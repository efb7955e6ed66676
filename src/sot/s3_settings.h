#pragma once

#include <optional>
#include <string>

#include "sot/s3_credentials.h"
#include "sot/s3_endpoint.h"

namespace aml::sot {

// How to reach an S3 service.
struct S3Settings {
  S3Endpoint endpoint;
  std::string region;
  bool path_style = true;                    // endpoint/bucket/key; otherwise bucket.endpoint/key
  std::optional<S3Credentials> credentials;  // nothing: anonymous requests
  std::string ca_file;                       // extra certificate authorities; empty: the system's
};

// From the environment: S3_ENDPOINT, S3_REGION, S3_ADDRESSING (path or virtual) and S3_CA_FILE, the
// AWS_* names next; the keys as s3_credentials.h says. Throws Error{usage} where a setting makes no
// sense, or names what is not there.
S3Settings s3_settings_from_environment();

}  // namespace aml::sot
