#include <fmt/format.h>

#include "base/environment.h"
#include "base/error.h"
#include "sot/file_store.h"
#include "sot/object_store.h"
#include "sot/s3_settings.h"
#include "sot/s3_store.h"
#include "sot/store_address.h"

namespace aml::sot {
namespace {

constexpr std::string_view kS3 = "s3://";
constexpr std::string_view kFile = "file://";

std::string default_address() {
  const auto bucket = environment("S3_BUCKET");
  if (!bucket) {
    throw Error(ErrorKind::usage,
                "where is the source of truth? Give --sot s3://bucket/snapshots or set S3_BUCKET");
  }
  return "s3://" + *bucket + "/snapshots";
}

std::unique_ptr<ObjectStore> open_s3(std::string_view rest, const StoreOptions& options) {
  while (rest.ends_with('/')) {
    rest.remove_suffix(1);
  }
  const auto slash = rest.find('/');
  const std::string bucket(rest.substr(0, slash));
  const std::string prefix(slash == std::string_view::npos ? "" : rest.substr(slash + 1));
  return std::make_unique<S3Store>(s3_settings_from_environment(), bucket, prefix, options);
}

}  // namespace

std::string sot_address(const std::string& address) {
  return address.empty() ? default_address() : address;
}

void check_store_address(const std::string& address) {
  const std::string_view view = address;
  if (view.starts_with(std::string(kFile) + "/")) return;
  if (!view.starts_with(kS3)) {
    throw Error(
        ErrorKind::usage,
        fmt::format("--sot is '{}', but it must be s3://bucket/prefix or file:///folder", address));
  }
  if (view.size() == kS3.size() || view[kS3.size()] == '/') {
    throw Error(ErrorKind::usage, "--sot names no bucket: write s3://bucket/snapshots");
  }
}

std::unique_ptr<ObjectStore> open_store(const std::string& address, const StoreOptions& options) {
  const std::string chosen = sot_address(address);
  check_store_address(chosen);
  const std::string_view view = chosen;
  if (view.starts_with(kS3)) return open_s3(view.substr(kS3.size()), options);
  return std::make_unique<FileStore>(std::string(view.substr(kFile.size())));
}

std::string read_object(ObjectStore& store, const std::string& key, std::uint64_t limit) {
  const auto found = store.stat(key);
  if (!found) {
    throw Error(ErrorKind::not_found, "there is no object " + store.address(key));
  }
  if (found->size > limit) {
    throw Error(ErrorKind::bad_input,
                fmt::format("{} has {} bytes, which is too much for what it should be",
                            store.address(key), found->size));
  }
  std::string bytes;
  store.read(key, 0, found->size, found->etag, [&](std::string_view part) { bytes += part; });
  return bytes;
}

}  // namespace aml::sot
