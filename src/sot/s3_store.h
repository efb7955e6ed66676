#pragma once

#include <string>
#include <vector>

#include "sot/object_store.h"
#include "sot/s3_client.h"

namespace aml::sot {

// Objects of an S3 bucket below a prefix.
class S3Store : public ObjectStore {
 public:
  // `prefix` without slashes at its ends; empty for the whole bucket.
  S3Store(S3Settings settings, std::string bucket, std::string prefix, StoreOptions options);

  std::string address(const std::string& key) const override;
  std::optional<ObjectInfo> stat(const std::string& key) override;
  void read(const std::string& key, std::uint64_t offset, std::uint64_t length,
            const std::string& etag, const Sink& sink) override;
  void put_file(const std::string& key, const std::filesystem::path& file,
                const Sent& sent) override;
  void put(const std::string& key, std::string_view bytes) override;
  std::vector<std::string> folders(const std::string& key) override;

 private:
  struct Try {
    HttpResponse response;
    std::uint64_t done = 0;
    std::string why;  // why it is not complete, where it is not
  };
  Try try_read(const std::string& key, std::uint64_t first, std::uint64_t length,
               const std::string& etag, const Sink& sink);
  std::string full_key(const std::string& key) const;
  [[noreturn]] void refuse(const HttpResponse& response, const std::string& key) const;

  S3Client client_;
  std::string prefix_;
  StoreOptions options_;
};

}  // namespace aml::sot
