#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sot/retry.h"

namespace aml::sot {

struct ObjectInfo {
  std::uint64_t size = 0;
  std::string etag;  // without quotes; changes with the content; empty where the store has none
  bool etag_is_md5 = false;
  // Seconds since 1970: when the object became what it is. Nothing where the store does not say.
  std::optional<std::int64_t> modified_second{};
};

// The outside world of a snapshot: where objects lie under keys like
// "bitcoin/2025-10-26/7/alerts.parquet". Any thread may call. All functions throw
//   Error{not_found}    no such bucket or folder, or no such object where one is needed,
//   Error{denied}       wrong, missing or expired credentials,
//   Error{unavailable}  no answer after the retries of the policy,
// with the object's full address in the message and never a secret.
class ObjectStore {
 public:
  virtual ~ObjectStore() = default;

  // Where a key lies, for people: "s3://bucket/snapshots/{key}".
  virtual std::string address(const std::string& key) const = 0;

  // Size and ETag, or nothing where there is no such object.
  virtual std::optional<ObjectInfo> stat(const std::string& key) = 0;

  // The bytes [offset, offset + length) in order, as they come. A broken transfer goes on where it
  // broke. Where `etag` is not empty the object must still have it: Error{unavailable} otherwise.
  using Sink = std::function<void(std::string_view bytes)>;
  virtual void read(const std::string& key, std::uint64_t offset, std::uint64_t length,
                    const std::string& etag, const Sink& sink) = 0;

  // Stores a file under the key; readers see the old object or the new one. `sent` is called with
  // the number of bytes as they are stored.
  using Sent = std::function<void(std::uint64_t bytes)>;
  virtual void put_file(const std::string& key, const std::filesystem::path& file,
                        const Sent& sent) = 0;
  // As put_file, for a few bytes.
  virtual void put(const std::string& key, std::string_view bytes) = 0;

  // Names of the folders directly below `key` ("bitcoin/" → "2025-10-25", "2025-10-26"), sorted.
  virtual std::vector<std::string> folders(const std::string& key) = 0;
};

struct StoreOptions {
  RetryPolicy retry;
  std::chrono::milliseconds connect_timeout{5000};
  std::chrono::milliseconds stall_timeout{15000};  // no byte for so long breaks a transfer
  int connections = 8;                             // parts of one upload sent at once
};

// The address that an empty one means. Throws Error{usage} where the environment does not say.
std::string sot_address(const std::string& address);

// Opens s3://bucket[/prefix] or file:///folder. An empty address means
// s3://$S3_BUCKET/snapshots. Throws Error{usage} for anything else.
std::unique_ptr<ObjectStore> open_store(const std::string& address, const StoreOptions& options);

// A small object as a whole. Throws Error{not_found} where it is missing, Error{bad_input} where
// it is larger than `limit` bytes.
std::string read_object(ObjectStore& store, const std::string& key, std::uint64_t limit);

}  // namespace aml::sot
