#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>

#include "api/archive.h"
#include "api/cache.h"
#include "api/http.h"

namespace aml::api {

// Answers requests from the batches of an output root. It throws nothing: whatever goes wrong is a
// response. May be called from any thread.
class Service {
 public:
  Service(std::filesystem::path output_root, std::size_t cache_bytes);

  // The answer where it is at hand, in microseconds; nothing where something must be built first.
  std::optional<Response> answer_now(const Request& request);
  // The answer, however long it takes to build.
  Response answer(const Request& request);

 private:
  std::optional<Response> answer_with(const Request& request, Patience patience);

  Archive archive_;
  Cache cache_;
};

}  // namespace aml::api
