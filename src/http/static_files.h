#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "http/route.h"

namespace aml::http {

// Files of pages, served from a folder: with ETag, compressed where the client likes that, and
// always as they are on the disk now. All functions may be called from any thread.
class StaticFiles {
 public:
  explicit StaticFiles(std::filesystem::path folder) : folder_(std::move(folder)) {}

  // The file with this path below the folder. Throws Error{not_found} where there is none.
  // REQUIRES: no part of the path is hidden or "..", as the pattern {path...} makes sure.
  Answer answer(const Call& call, const std::string& path) const;

  // A route that serves one file, and one that serves all below `prefix` ("/vendor"). Both are
  // open, since what they serve is the same everywhere, and no part of OpenAPI.
  Route file_route(std::string pattern, std::string path) const;
  Route folder_route(const std::string& prefix, const std::string& below = "") const;

 private:
  struct File {
    std::int64_t changed_ns;
    std::uint64_t size;
    std::string etag;  // without quotes and coding
    Body plain;
    std::map<std::string, Body, std::less<>> coded{};
  };
  std::shared_ptr<File> find(const std::string& path, bool patient) const;
  Body body(File& file, std::string_view coding, bool patient) const;

  std::filesystem::path folder_;
  mutable std::mutex mutex_;
  mutable std::map<std::string, std::shared_ptr<File>> files_;
};

// Where the program finds its pages: `configured`, or where that is empty the folder "web" beside
// the program's file. It holds pages/ (web/ of the sources) and vendor/ (the libraries that
// scripts/bootstrap installs), which need not be there.
std::filesystem::path web_folder(const std::string& configured);

}  // namespace aml::http
