#pragma once

#include <string>

namespace aml::sot {

// Where an S3 service listens, as it is both sent and signed: a Host header and a signature that
// differ by a port make every request wrong.
struct S3Endpoint {
  std::string scheme;     // "http" or "https"
  std::string host;       // lower case; an IPv6 address in brackets
  std::string port;       // with its colon; empty where it is the scheme's own
  std::string base_path;  // percent-encoded, without a slash at the end: "" or "/s3"

  std::string authority() const { return host + port; }
  bool is_address() const;  // no name but an IPv4 or IPv6 address
};

// Reads "http://host:9000/s3/". `setting` names where it comes from. Throws Error{usage} for what
// is no address of a service; a user or a password in it is refused, and not repeated.
S3Endpoint parse_endpoint(const std::string& text, const std::string& setting);

}  // namespace aml::sot
