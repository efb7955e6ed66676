#include "sot/s3_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/error.h"
#include "base/log.h"
#include "sot/s3_answers.h"
#include "sot/s3_upload.h"

namespace aml::sot {
namespace {

std::string unquoted(std::string text) {
  text.erase(std::remove(text.begin(), text.end(), '"'), text.end());
  return text;
}

// The ETag of a multipart upload has a dash, that of an object encrypted with a managed or
// customer's key is no md5: https://docs.aws.amazon.com/AmazonS3/latest/API/API_Object.html
bool is_md5(const std::string& etag, const HttpResponse& response) {
  return etag.size() == 32 && etag.find_first_not_of("0123456789abcdef") == std::string::npos &&
         !response.header("x-amz-server-side-encryption").value_or("").starts_with("aws:kms") &&
         !response.header("x-amz-server-side-encryption-customer-algorithm");
}

std::uint64_t content_length(const HttpResponse& response) {
  const std::string text = response.header("content-length").value_or("0");
  std::uint64_t length = 0;
  std::from_chars(text.data(), text.data() + text.size(), length);
  return length;
}

}  // namespace

S3Store::S3Store(S3Settings settings, std::string bucket, std::string prefix, StoreOptions options)
    : client_(std::move(settings), std::move(bucket), options),
      prefix_(std::move(prefix)),
      options_(options) {}

std::string S3Store::full_key(const std::string& key) const {
  return prefix_.empty() ? key : prefix_ + "/" + key;
}

std::string S3Store::address(const std::string& key) const {
  return client_.address(full_key(key));
}

void S3Store::refuse(const HttpResponse& response, const std::string& key) const {
  throw_s3_error(response, address(key), client_.bucket());
}

std::optional<ObjectInfo> S3Store::stat(const std::string& key) {
  S3Request request{.method = "HEAD", .key = full_key(key), .query = {}, .headers = {}, .body = {}};
  HttpResponse response = client_.send(request);
  if (response.status == 200) {
    const std::string etag = unquoted(response.header("etag").value_or(""));
    return ObjectInfo{content_length(response), etag, is_md5(etag, response)};
  }
  // An answer to HEAD has no body and so no reason; one to GET has. One byte is asked for, should
  // the object have appeared meanwhile.
  request.method = "GET";
  request.headers = {{"range", "bytes=0-0"}};
  response = client_.send(request);
  if (response.status == 404 && s3_error_code(response) != "NoSuchBucket") {
    return std::nullopt;
  }
  refuse(response, key);
}

// One try to read a range; `done` counts the bytes that reached the sink.
S3Store::Try S3Store::try_read(const std::string& key, std::uint64_t first, std::uint64_t length,
                               const std::string& etag, const Sink& sink) {
  S3Request request{.method = "GET", .key = full_key(key), .query = {}, .headers = {}, .body = {}};
  request.headers = {{"range", fmt::format("bytes={}-{}", first, first + length - 1)}};
  if (!etag.empty()) {
    request.headers.emplace_back("if-match", "\"" + etag + "\"");
  }
  Try result;
  result.why = "the answer was too short";
  try {
    result.response = client_.send_once(request, [&](std::string_view bytes) {
      bytes = bytes.substr(0, static_cast<std::size_t>(length - result.done));
      sink(bytes);
      result.done += bytes.size();
      return !bytes.empty();
    });
  } catch (const Error& e) {
    if (e.kind() != ErrorKind::unavailable) {
      throw;
    }
    result.why = e.what();
  }
  if (result.response.status == 200 && first > 0) {
    throw Error(ErrorKind::unavailable,
                fmt::format("{}: the service does not answer parts of objects", address(key)));
  }
  return result;
}

void S3Store::read(const std::string& key, std::uint64_t offset, std::uint64_t length,
                   const std::string& etag, const Sink& sink) {
  Backoff backoff(options_.retry);
  std::uint64_t done = 0;
  while (done < length) {
    const Try tried = try_read(key, offset + done, length - done, etag, sink);
    const int status = tried.response.status;
    if (status >= 300 && !is_retryable_status(status)) {
      refuse(tried.response, key);
    }
    done += tried.done;
    if (done == length) {
      return;
    }
    if (tried.done > 0) {
      backoff.reset();
    }
    if (status >= 300) {
      client_.wait_or_throw(backoff, tried.response, full_key(key));
    } else if (!backoff.wait()) {
      throw Error(ErrorKind::unavailable,
                  fmt::format("{}: the transfer broke {} times in a row, the last time because: {}",
                              address(key), backoff.tried(), tried.why));
    }
    log::debug("the transfer broke, going on where it was",
               {{"object", address(key)}, {"offset", offset + done}, {"why", tried.why}});
  }
}

void S3Store::put_file(const std::string& key, const std::filesystem::path& file,
                       const Sent& sent) {
  upload_file(client_, full_key(key), file, options_.connections, sent);
}

void S3Store::put(const std::string& key, std::string_view bytes) {
  upload_bytes(client_, full_key(key), bytes);
}

std::vector<std::string> S3Store::folders(const std::string& key) {
  const std::string prefix = full_key(key.empty() || key.ends_with('/') ? key : key + "/");
  std::vector<std::string> names;
  std::string token;
  do {
    S3Request request{.method = "GET", .key = "", .query = {}, .headers = {}, .body = {}};
    request.query = {{"list-type", "2"}, {"delimiter", "/"}, {"prefix", prefix}};
    if (!token.empty()) {
      request.query.emplace_back("continuation-token", token);
    }
    const HttpResponse response = client_.send(request);
    if (response.status != 200) {
      refuse(response, key);
    }
    FolderPage page = parse_folder_page(response.body, address(key));
    for (const std::string& whole : page.prefixes) {
      if (whole.size() > prefix.size() + 1 && whole.starts_with(prefix)) {
        names.push_back(whole.substr(prefix.size(), whole.size() - prefix.size() - 1));
      }
    }
    token = page.next_token;
  } while (!token.empty());
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace aml::sot
