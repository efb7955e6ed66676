#include "sot/s3_store.h"

#include <fmt/format.h>

#include <charconv>
#include <optional>

#include "base/error.h"
#include "base/log.h"
#include "sot/s3_answers.h"
#include "sot/s3_errors.h"
#include "sot/s3_list.h"
#include "sot/s3_object.h"
#include "sot/s3_upload.h"

namespace aml::sot {
namespace {

// A transfer that breaks after so little did not get on: otherwise a server that sends a byte at a
// time would be asked for ever.
constexpr std::uint64_t kProgress = 64 << 10;

// Where a part of an object begins, by "bytes 100-199/1234"; nothing where the answer does not say.
std::optional<std::uint64_t> part_begin(const HttpResponse& response) {
  const std::string text = response.header("content-range").value_or("");
  constexpr std::string_view kUnit = "bytes ";
  std::uint64_t begin = 0;
  if (!text.starts_with(kUnit) ||
      std::from_chars(text.data() + kUnit.size(), text.data() + text.size(), begin).ec !=
          std::errc{}) {
    return std::nullopt;
  }
  return begin;
}

// Why an answer is good and yet not the part that was asked for: the sink must not get bytes of
// another place or of another edition. Empty where it is the part.
std::string flaw_of_part(const HttpResponse& head, std::uint64_t first, const std::string& etag) {
  // Some services give a part with status 200.
  const std::uint64_t begin = part_begin(head).value_or(head.status == 200 ? 0 : first);
  if (begin != first) {
    return "cannot be read: the service does not answer the part of the object that it is asked "
           "for";
  }
  if (!etag.empty() && unquoted_etag(head.header("etag").value_or(etag)) != etag) {
    return "changed while it was read: run the command again";
  }
  return "";
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
  return stat_object(client_, full_key(key));
}

// One try to read a range; `done` counts the bytes that reached the sink.
S3Store::Try S3Store::try_read(const std::string& key, std::uint64_t first, std::uint64_t length,
                               const std::string& etag, const Sink& sink) {
  S3Request request{.method = "GET", .key = full_key(key), .to_come = length};
  request.headers = {{"range", fmt::format("bytes={}-{}", first, first + length - 1)}};
  if (!etag.empty() && !etag.starts_with("W/")) {  // If-Match is never true of a weak one
    request.headers.emplace_back("if-match", "\"" + etag + "\"");
  }
  Try result;
  result.why = "the answer was too short";
  std::string flaw;
  const auto take = [&](std::string_view bytes) {
    bytes = bytes.substr(0, static_cast<std::size_t>(length - result.done));
    sink(bytes);
    result.done += bytes.size();
    return !bytes.empty();
  };
  const auto look = [&](const HttpResponse& head) {
    flaw = flaw_of_part(head, first, etag);
    return flaw.empty();
  };
  try {
    result.response = client_.send_once(request, take, look);
  } catch (const Error& e) {
    if (e.kind() != ErrorKind::unavailable) {
      throw;
    }
    result.why = e.what();
  }
  if (!flaw.empty()) throw Error(ErrorKind::unavailable, fmt::format("{} {}", address(key), flaw));
  return result;
}

void S3Store::read(const std::string& key, std::uint64_t offset, std::uint64_t length,
                   const std::string& etag, const Sink& sink) {
  Backoff backoff(options_.retry);
  std::uint64_t done = 0;
  while (done < length) {
    const Try tried = try_read(key, offset + done, length - done, etag, sink);
    const bool refused = tried.response.status >= 300;
    if (refused && !asks_to_try_again(tried.response)) {
      refuse(tried.response, key);
    }
    done += tried.done;
    if (done == length) {
      return;
    }
    if (tried.done >= kProgress) {
      backoff.reset();
    }
    if (refused) {
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
  return list_folders(client_, prefix);
}

}  // namespace aml::sot
