#pragma once

#include <string>
#include <vector>

#include "base/http_client.h"

// What an S3 service answers, in words of ours.
namespace aml::sot {

// Throws the Error for an answer that is not 2xx. `address` is the object's ("s3://bucket/key"),
// `bucket` its bucket. The kind follows the service's error code where it sends one, otherwise the
// HTTP status.
[[noreturn]] void throw_s3_error(const HttpResponse& response, const std::string& address,
                                 const std::string& bucket);

// The error code of an answer ("NoSuchKey"), or empty.
std::string s3_error_code(const HttpResponse& response);

// One page of ListObjectsV2 with a delimiter.
struct FolderPage {
  std::vector<std::string> prefixes;  // whole keys that end with '/'
  std::string next_token;             // empty: last page
};
// These throw Error{unavailable} naming `address` where the answer is not the XML that S3
// describes.
FolderPage parse_folder_page(const std::string& xml, const std::string& address);
std::string parse_upload_id(const std::string& xml, const std::string& address);

// The body of CompleteMultipartUpload; etags in the order of the parts, as the service gave them.
std::string complete_upload_xml(const std::vector<std::string>& etags);

}  // namespace aml::sot
