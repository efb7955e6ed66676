#pragma once

#include <ctime>
#include <optional>
#include <string>
#include <vector>

#include "base/http_client.h"
#include "sot/object_store.h"

// What an S3 service answers, in words of ours; its refusals: s3_errors.h.
namespace aml::sot {

// One page of a list of objects with a delimiter.
struct FolderPage {
  std::vector<std::string> names;  // whole keys, and prefixes of keys that end with '/'
  std::string next_token;          // ask with it for the next page; empty where there is none
  std::string next_marker;         // the same of a service that knows only version 1 of lists
  bool is_truncated = false;       // the service has more
};
// These throw Error{unavailable} naming `address` where the answer is not the XML that S3
// describes.
FolderPage parse_folder_page(const std::string& xml, const std::string& address);
std::string parse_upload_id(const std::string& xml, const std::string& address);

// The ETag of the object that CompleteMultipartUpload made, without quotes; nothing where the
// answer does not say that it was made.
std::optional<std::string> parse_completed_upload(const std::string& xml);
// The body of CompleteMultipartUpload; etags in the order of the parts, as the service gave them.
std::string complete_upload_xml(const std::vector<std::string>& etags);

// What the headers of an answer to HEAD, or to GET with `Range: bytes=0-0`, say of the object.
// Nothing where they do not say how long it is.
std::optional<ObjectInfo> object_info(const std::string& method, const HttpResponse& response);

// The time in a header such as Date or Last-Modified; nothing for other text.
std::optional<std::time_t> http_date(const std::string& text);

// An ETag as it stands in a header or in XML, without its quotes; a weak one keeps its "W/".
std::string unquoted_etag(std::string text);

// Whether it is an md5, as the ETag of an object sent in one piece is, or one of md5s and a number
// of parts.
bool is_md5_etag(const std::string& etag);
bool is_multipart_etag(const std::string& etag);
// The ETag that S3 gives to an object of these parts: the md5 of their md5s, and their number.
// Nothing where one of them is no md5.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html
std::optional<std::string> multipart_etag(const std::vector<std::string>& parts);

}  // namespace aml::sot
