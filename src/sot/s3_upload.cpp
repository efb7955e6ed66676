#include "sot/s3_upload.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/interprocess/exceptions.hpp>
#include <boost/interprocess/file_mapping.hpp>
#include <boost/interprocess/mapped_region.hpp>

#include "base/error.h"
#include "base/files.h"
#include "base/log.h"
#include "base/threads.h"
#include "sot/s3_answers.h"
#include "sot/s3_errors.h"
#include "sot/s3_object.h"

namespace aml::sot {
namespace {

namespace interprocess = boost::interprocess;

// S3 takes at most 10,000 parts, each of at least 5 MiB but the last.
std::uint64_t part_size(std::uint64_t file_size) {
  constexpr std::uint64_t kMebibyte = 1ULL << 20;
  const std::uint64_t least = file_size / 9000 + 1;
  return std::max(16 * kMebibyte, (least + kMebibyte - 1) / kMebibyte * kMebibyte);
}

HttpResponse must(S3Client& client, const S3Request& request) {
  HttpResponse response = client.send(request);
  if (!is_success(response)) {
    throw_s3_error(response, client.address(request.key), client.bucket());
  }
  return response;
}

S3Request make_request(std::string method, const std::string& key, QueryParameters query,
                       std::string_view body) {
  return {.method = std::move(method), .key = key, .query = std::move(query), .body = body};
}

// Sends the parts; their ETags in order.
std::vector<std::string> upload_parts(S3Client& client, const std::string& key,
                                      std::string_view bytes, const std::string& upload_id,
                                      int connections, const ObjectStore::Sent& sent) {
  const std::uint64_t size = part_size(bytes.size());
  std::vector<std::string> etags((bytes.size() + size - 1) / size);
  parallel_blocks(etags.size(), 1, connections, [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) {
      throw_if_stop_requested();
      const std::string_view part = bytes.substr(i * size, size);
      const HttpResponse response = must(
          client,
          make_request("PUT", key, {{"partNumber", std::to_string(i + 1)}, {"uploadId", upload_id}},
                       part));
      etags[i] = response.header("etag").value_or("");
      if (etags[i].empty()) {
        throw Error(ErrorKind::unavailable,
                    fmt::format("{}: the service gave the part {} no ETag, without which the parts "
                                "cannot be put together",
                                client.address(key), i + 1));
      }
      sent(part.size());
    }
  });
  return etags;
}

// Looks whether the object is what was sent. `etag` is what the service said it would be, empty
// where it said nothing.
bool is_stored(S3Client& client, const std::string& key, std::uint64_t size,
               const std::string& etag) {
  const auto object = stat_object(client, key);
  if (!object || object->size != size) return false;
  // Services have ETags of many kinds, and some tell another one here than there; those that S3
  // describes must agree.
  const bool comparable = is_multipart_etag(object->etag) && is_multipart_etag(etag);
  return !comparable || object->etag == etag;
}

[[noreturn]] void refuse_object(S3Client& client, const std::string& key) {
  throw Error(ErrorKind::unavailable,
              fmt::format("{} is not what was sent, although the service took all parts of it: "
                          "another upload may be under way; run the command again",
                          client.address(key)));
}

// Puts the parts together. The service has begun its answer, with status 200, before it knows how
// that ends: only the result in it counts.
void complete(S3Client& client, const std::string& key, std::uint64_t size,
              const std::string& upload_id, const std::vector<std::string>& etags) {
  const std::string body = complete_upload_xml(etags);
  S3Request request = make_request("POST", key, {{"uploadId", upload_id}}, body);
  request.is_slow = true;
  Backoff backoff(client.retry_policy());
  while (true) {
    const HttpResponse response = client.send(request);
    if (const auto etag = parse_completed_upload(response.body); etag && is_success(response)) {
      if (!is_stored(client, key, size, *etag)) refuse_object(client, key);
      return;
    }
    const std::string code = s3_error_code(response);
    if (code == "NoSuchUpload") {
      // An earlier try may have come to its end, and its answer been lost. Only an ETag that no
      // earlier edition can have says so.
      const auto ours = multipart_etag(etags);
      const auto object = ours ? stat_object(client, key) : std::nullopt;
      if (object && object->size == size && object->etag == *ours) return;
    }
    if (!is_success(response)) {
      throw_s3_error(response, client.address(key), client.bucket());
    }
    log::debug("an upload ended with neither result nor error", {{"object", client.address(key)}});
    if (!backoff.wait()) {
      throw Error(ErrorKind::unavailable,
                  fmt::format("{}: the service does not say whether it has put the parts together: "
                              "run the command again",
                              client.address(key)));
    }
  }
}

void upload_multipart(S3Client& client, const std::string& key, std::string_view bytes,
                      int connections, const ObjectStore::Sent& sent) {
  const HttpResponse begun = must(client, make_request("POST", key, {{"uploads", ""}}, ""));
  const std::string upload_id = parse_upload_id(begun.body, client.address(key));
  try {
    const auto etags = upload_parts(client, key, bytes, upload_id, connections, sent);
    complete(client, key, bytes.size(), upload_id, etags);
  } catch (...) {
    try {
      client.send_once(make_request("DELETE", key, {{"uploadId", upload_id}}, ""));
    } catch (const Error& e) {
      log::warning("could not abort a multipart upload",
                   {{"object", client.address(key)}, {"why", e.what()}});
    }
    throw;
  }
}

}  // namespace

void upload_file(S3Client& client, const std::string& key, const std::filesystem::path& file,
                 int connections, const ObjectStore::Sent& sent) {
  const std::uint64_t size = file_size_if_exists(file).value_or(0);
  if (size <= kMultipartThreshold) {
    const std::string bytes = read_file(file, kMultipartThreshold);
    upload_bytes(client, key, bytes);
    sent(bytes.size());
    return;
  }
  try {
    const interprocess::file_mapping mapping(file.c_str(), interprocess::read_only);
    const interprocess::mapped_region region(mapping, interprocess::read_only);
    upload_multipart(client, key,
                     {static_cast<const char*>(region.get_address()), region.get_size()},
                     connections, sent);
  } catch (const interprocess::interprocess_exception& e) {
    throw Error(ErrorKind::bad_input, "cannot read " + file.string() + ": " + e.what());
  }
}

void upload_bytes(S3Client& client, const std::string& key, std::string_view bytes) {
  must(client, make_request("PUT", key, {}, bytes));
}

}  // namespace aml::sot
