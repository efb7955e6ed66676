#include "sot/s3_answers.h"

#include <fmt/format.h>

#include <array>
#include <boost/property_tree/ptree.hpp>
#include <boost/property_tree/xml_parser.hpp>
#include <sstream>
#include <string_view>

#include "base/error.h"

namespace aml::sot {
namespace {

using boost::property_tree::ptree;

// The document's root element, or an empty tree where the text is no XML.
ptree parse_xml(const std::string& xml) {
  ptree document;
  try {
    std::istringstream stream(xml);
    boost::property_tree::read_xml(stream, document);
  } catch (const boost::property_tree::xml_parser_error&) {
    return {};
  }
  return document;
}

struct Meaning {
  std::string_view code;
  ErrorKind kind;
  std::string_view sentence;  // {0}: address, {1}: bucket
};

// https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
constexpr std::array kMeanings = {
    Meaning{"NoSuchBucket", ErrorKind::not_found,
            "there is no bucket '{1}' (asked for {0}): check --sot and S3_BUCKET"},
    Meaning{"NoSuchKey", ErrorKind::not_found, "there is no object {0}"},
    Meaning{"InvalidAccessKeyId", ErrorKind::denied,
            "{0}: the service does not know this access key: check S3_ACCESS_KEY"},
    Meaning{"SignatureDoesNotMatch", ErrorKind::denied,
            "{0}: the secret key does not belong to the access key: check S3_SECRET_KEY"},
    Meaning{"ExpiredToken", ErrorKind::denied,
            "{0}: the session token has expired: get new credentials and set S3_SESSION_TOKEN"},
    Meaning{"TokenRefreshRequired", ErrorKind::denied,
            "{0}: the session token has expired: get new credentials and set S3_SESSION_TOKEN"},
    Meaning{"InvalidToken", ErrorKind::denied,
            "{0}: the session token is malformed: check S3_SESSION_TOKEN"},
    Meaning{"RequestTimeTooSkewed", ErrorKind::denied,
            "{0}: this machine's clock is too far from the service's: set the clock"},
    Meaning{"AuthorizationHeaderMalformed", ErrorKind::denied,
            "{0}: the request was signed for another region: check S3_REGION"},
    Meaning{"PermanentRedirect", ErrorKind::usage,
            "{0}: the bucket lives at another endpoint: check S3_ENDPOINT and S3_REGION"},
    Meaning{"AccessDenied", ErrorKind::denied,
            "{0}: access is denied: the credentials are wrong, missing, or may not do this"},
};

[[noreturn]] void throw_by_status(const HttpResponse& response, const std::string& code,
                                  const std::string& address) {
  const std::string said = code.empty() ? fmt::format("HTTP status {}", response.status)
                                        : fmt::format("{} ({})", code, response.status);
  switch (response.status) {
    case 401:
    case 403:
      throw Error(ErrorKind::denied,
                  fmt::format("{}: access is denied, {}: check S3_ACCESS_KEY and S3_SECRET_KEY",
                              address, said));
    case 404:
      throw Error(ErrorKind::not_found, fmt::format("there is no object {}", address));
    case 412:
      throw Error(ErrorKind::unavailable,
                  fmt::format("{} changed while it was read: run the command again", address));
    default:
      throw Error(ErrorKind::unavailable,
                  fmt::format("{}: the service answered {}", address, said));
  }
}

}  // namespace

std::string s3_error_code(const HttpResponse& response) {
  return parse_xml(response.body).get<std::string>("Error.Code", "");
}

void throw_s3_error(const HttpResponse& response, const std::string& address,
                    const std::string& bucket) {
  const std::string code = s3_error_code(response);
  for (const Meaning& meaning : kMeanings) {
    if (meaning.code == code) {
      throw Error(meaning.kind, fmt::format(fmt::runtime(meaning.sentence), address, bucket));
    }
  }
  throw_by_status(response, code, address);
}

FolderPage parse_folder_page(const std::string& xml, const std::string& address) {
  const ptree document = parse_xml(xml);
  const auto result = document.get_child_optional("ListBucketResult");
  if (!result) {
    throw Error(ErrorKind::unavailable,
                fmt::format("{}: the service's list of objects is not what S3 describes", address));
  }
  FolderPage page;
  for (const auto& [name, child] : *result) {
    if (name == "CommonPrefixes") {
      page.prefixes.push_back(child.get<std::string>("Prefix", ""));
    }
  }
  if (result->get<std::string>("IsTruncated", "false") == "true") {
    page.next_token = result->get<std::string>("NextContinuationToken", "");
  }
  return page;
}

std::string parse_upload_id(const std::string& xml, const std::string& address) {
  const std::string id =
      parse_xml(xml).get<std::string>("InitiateMultipartUploadResult.UploadId", "");
  if (id.empty()) {
    throw Error(ErrorKind::unavailable,
                fmt::format("{}: the service began no multipart upload", address));
  }
  return id;
}

std::string complete_upload_xml(const std::vector<std::string>& etags) {
  ptree upload;
  for (std::size_t i = 0; i < etags.size(); ++i) {
    ptree part;
    part.put("PartNumber", i + 1);
    part.put("ETag", etags[i]);
    upload.add_child("CompleteMultipartUpload.Part", part);
  }
  std::ostringstream xml;
  boost::property_tree::write_xml(xml, upload);
  return xml.str();
}

}  // namespace aml::sot
