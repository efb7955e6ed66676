#include "sot/s3_upload.h"

#include <algorithm>
#include <boost/interprocess/exceptions.hpp>
#include <boost/interprocess/file_mapping.hpp>
#include <boost/interprocess/mapped_region.hpp>

#include "base/error.h"
#include "base/files.h"
#include "base/log.h"
#include "base/threads.h"
#include "sot/s3_answers.h"

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
  // CompleteMultipartUpload may report a failure with status 200.
  if (response.status < 200 || response.status > 299 || !s3_error_code(response).empty()) {
    throw_s3_error(response, client.address(request.key), client.bucket());
  }
  return response;
}

S3Request make_request(std::string method, const std::string& key, QueryParameters query,
                       std::string_view body) {
  return {std::move(method), key, std::move(query), {}, body};
}

void upload_parts(S3Client& client, const std::string& key, std::string_view bytes,
                  const std::string& upload_id, int connections, const ObjectStore::Sent& sent) {
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
      sent(part.size());
    }
  });
  must(client, make_request("POST", key, {{"uploadId", upload_id}}, complete_upload_xml(etags)));
}

void upload_multipart(S3Client& client, const std::string& key, std::string_view bytes,
                      int connections, const ObjectStore::Sent& sent) {
  const HttpResponse begun = must(client, make_request("POST", key, {{"uploads", ""}}, ""));
  const std::string upload_id = parse_upload_id(begun.body, client.address(key));
  try {
    upload_parts(client, key, bytes, upload_id, connections, sent);
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
    const std::string bytes = read_file(file);
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
