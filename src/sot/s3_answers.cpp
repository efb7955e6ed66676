#include "sot/s3_answers.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstdint>
#include <string_view>

#include "base/error.h"
#include "base/hash.h"
#include "base/hex.h"
#include "sot/xml.h"

namespace aml::sot {
namespace {

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failed != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// A name of a list with EncodingType "url", where a space may be a plus.
std::string url_decoded(std::string_view text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const int high = text[i] == '%' && i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
    const int low = high < 0 ? -1 : hex_digit(text[i + 2]);
    if (low >= 0) {
      decoded += static_cast<char>(high * 16 + low);
      i += 2;
    } else {
      decoded += text[i] == '+' ? ' ' : text[i];
    }
  }
  return decoded;
}

// The ETag of an object that is encrypted with a managed or a customer's key is no md5:
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_Object.html
bool is_encrypted(const HttpResponse& response) {
  return response.header("x-amz-server-side-encryption").value_or("").starts_with("aws:kms") ||
         response.header("x-amz-server-side-encryption-customer-algorithm");
}

// The whole length in "bytes 0-0/1234" or "bytes */0".
std::optional<std::uint64_t> whole_length(const HttpResponse& response) {
  const std::string range = response.header("content-range").value_or("");
  const auto slash = range.find('/');
  return slash == std::string::npos ? std::nullopt
                                    : number(std::string_view(range).substr(slash + 1));
}

// In lower case, without the blanks around it.
std::string word(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n";
  const auto begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return {};
  std::string found(text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1));
  std::ranges::transform(found, found.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return found;
}

}  // namespace

FolderPage parse_folder_page(const std::string& xml, const std::string& address) {
  FolderPage page;
  bool is_list = false;
  bool is_encoded = false;
  std::optional<std::string> truncated;
  const auto broken = read_xml(xml, [&](std::string_view path, const std::string& text) {
    is_list = is_list || path == "ListBucketResult";
    if (path == "ListBucketResult/CommonPrefixes/Prefix" ||
        path == "ListBucketResult/Contents/Key") {
      page.names.push_back(text);
    } else if (path == "ListBucketResult/IsTruncated") {
      truncated = word(text);
    } else if (path == "ListBucketResult/NextContinuationToken") {
      page.next_token = text;
    } else if (path == "ListBucketResult/NextMarker") {
      page.next_marker = text;
    } else if (path == "ListBucketResult/EncodingType") {
      is_encoded = text == "url";
    }
  });
  if (broken || !is_list) {
    throw Error(ErrorKind::unavailable,
                fmt::format("{}: the service's list of objects is not what S3 describes: {}",
                            address, broken ? *broken : "it is another document"));
  }
  // Where it is not said, a place to go on from says it.
  page.is_truncated = truncated ? *truncated == "true" || *truncated == "1"
                                : !page.next_token.empty() || !page.next_marker.empty();
  if (truncated && !page.is_truncated && *truncated != "false" && *truncated != "0") {
    throw Error(ErrorKind::unavailable,
                fmt::format("{}: the service's list of objects does not say whether it is cut off",
                            address));
  }
  if (is_encoded) {
    std::transform(page.names.begin(), page.names.end(), page.names.begin(), &url_decoded);
    page.next_marker = url_decoded(page.next_marker);
  }
  return page;
}

std::string parse_upload_id(const std::string& xml, const std::string& address) {
  std::string id;
  const auto broken = read_xml(xml, [&](std::string_view path, const std::string& text) {
    // Services differ in the root's name, and clients do not look at it.
    if (path.substr(path.find('/') + 1) == "UploadId") id = text;
  });
  if (broken || id.empty()) {
    throw Error(ErrorKind::unavailable,
                fmt::format("{}: the service began no multipart upload", address));
  }
  return id;
}

std::optional<std::string> parse_completed_upload(const std::string& xml) {
  std::string etag;
  const auto broken = read_xml(xml, [&](std::string_view path, const std::string& text) {
    if (path == "CompleteMultipartUploadResult/ETag") etag = unquoted_etag(text);
  });
  return broken || etag.empty() ? std::nullopt : std::optional(etag);
}

std::string complete_upload_xml(const std::vector<std::string>& etags) {
  std::string xml = "<CompleteMultipartUpload>";
  for (std::size_t i = 0; i < etags.size(); ++i) {
    xml += fmt::format("<Part><PartNumber>{}</PartNumber><ETag>{}</ETag></Part>", i + 1,
                       xml_escaped(etags[i]));
  }
  return xml + "</CompleteMultipartUpload>";
}

std::optional<ObjectInfo> object_info(const std::string& method, const HttpResponse& response) {
  std::optional<std::uint64_t> size;
  // Some services give a part with status 200.
  if (method != "HEAD" && response.status == 416) {
    size = whole_length(response).value_or(0);  // an empty object has no first byte
  } else if (method != "HEAD" && (response.status != 200 || response.header("content-range"))) {
    size = whole_length(response);
  } else if (const auto length = response.header("content-length")) {
    size = number(*length);
  }
  if (!size) return std::nullopt;
  const std::string etag = unquoted_etag(response.header("etag").value_or(""));
  return ObjectInfo{*size, etag, is_md5_etag(etag) && !is_encrypted(response),
                    http_date(response.header("last-modified").value_or(""))};
}

std::optional<std::time_t> http_date(const std::string& text) {
  const std::time_t time = curl_getdate(text.c_str(), nullptr);
  return time < 0 ? std::nullopt : std::optional(time);
}

std::string unquoted_etag(std::string text) {
  text.erase(std::remove(text.begin(), text.end(), '"'), text.end());
  return text;
}

bool is_md5_etag(const std::string& etag) { return is_lower_hex(etag, 32); }

bool is_multipart_etag(const std::string& etag) {
  const auto dash = etag.find('-');
  return dash != std::string::npos && is_md5_etag(etag.substr(0, dash)) &&
         number(std::string_view(etag).substr(dash + 1));
}

std::optional<std::string> multipart_etag(const std::vector<std::string>& parts) {
  std::string digests;
  for (const std::string& part : parts) {
    const std::string etag = unquoted_etag(part);
    std::vector<std::uint8_t> bytes(16);
    if (!is_md5_etag(etag) || !from_hex(etag, bytes)) return std::nullopt;
    digests.append(bytes.begin(), bytes.end());
  }
  return fmt::format("{}-{}", hash_text(HashKind::md5, digests), parts.size());
}

}  // namespace aml::sot
