#pragma once

#include <filesystem>
#include <string>

#include "sot/object_store.h"
#include "sot/s3_client.h"

namespace aml::sot {

// Files above this size travel in parts, several at once.
inline constexpr std::uint64_t kMultipartThreshold = 64ULL << 20;

// Stores a file under a key of the client's bucket. A multipart upload that fails is aborted, so
// that the service does not keep, and charge for, its parts.
void upload_file(S3Client& client, const std::string& key, const std::filesystem::path& file,
                 int connections, const ObjectStore::Sent& sent);

// The same for bytes in memory, in one request.
void upload_bytes(S3Client& client, const std::string& key, std::string_view bytes);

}  // namespace aml::sot
