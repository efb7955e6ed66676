#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>

#include "api/archive.h"
#include "api/cache.h"
#include "http/handler.h"

namespace aml::api {

// Answers requests from the batches of an output root.
class Service : public http::Handler {
 public:
  Service(std::filesystem::path output_root, std::size_t cache_bytes);

  std::optional<http::Response> answer_now(http::Request& request) override;
  http::Response answer(http::Request& request) override;

 private:
  std::optional<http::Response> answer_with(const http::Request& request, Patience patience);

  Archive archive_;
  Cache cache_;
};

}  // namespace aml::api
