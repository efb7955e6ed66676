#include "http/static_files.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <utility>

#include "base/error.h"
#include "base/file_system.h"
#include "base/files.h"
#include "http/compression.h"
#include "http/conditional.h"

namespace aml::http {

namespace fs = std::filesystem;

namespace {

constexpr std::int64_t kNanoseconds = 1'000'000'000;
// What a page may do: load what this server serves, and talk to it. Libraries set styles in place.
constexpr const char* kPagePolicy =
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' "
    "data:; worker-src 'self' blob:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'";

struct FileType {
  std::string_view extension;
  const char* media_type;
  bool is_packed;  // compressed by itself
};

constexpr FileType kTypes[] = {
    {".html", "text/html; charset=utf-8", false},
    {".css", "text/css; charset=utf-8", false},
    {".js", "text/javascript; charset=utf-8", false},
    {".mjs", "text/javascript; charset=utf-8", false},
    {".json", "application/json", false},
    {".svg", "image/svg+xml", false},
    {".map", "application/json", false},
    {".wasm", "application/wasm", false},
    {".txt", "text/plain; charset=utf-8", false},
    {".md", "text/plain; charset=utf-8", false},
    {".png", "image/png", true},
    {".jpg", "image/jpeg", true},
    {".ico", "image/x-icon", true},
    {".woff2", "font/woff2", true},
};

FileType type_of(std::string_view path) {
  for (const FileType& type : kTypes) {
    if (path.ends_with(type.extension)) return type;
  }
  return {"", "application/octet-stream", true};
}

Error no_file() { return {ErrorKind::not_found, "nothing is served at this address"}; }

}  // namespace

std::shared_ptr<StaticFiles::File> StaticFiles::find(const std::string& path, bool patient) const {
  const fs::path on_disk = folder_ / path;
  struct stat status{};
  if (::stat(on_disk.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) throw no_file();
  const std::int64_t changed = status.st_mtim.tv_sec * kNanoseconds + status.st_mtim.tv_nsec;
  const auto size = static_cast<std::uint64_t>(status.st_size);
  {
    const std::lock_guard lock(mutex_);
    const auto known = files_.find(path);
    if (known != files_.end() && known->second->changed_ns == changed &&
        known->second->size == size) {
      return known->second;
    }
  }
  if (!patient) return nullptr;
  if (!is_below(on_disk, folder_)) throw no_file();  // a link to what nobody meant to publish
  std::string bytes = read_file(on_disk);
  const std::string etag = content_tag(bytes);
  auto file = std::make_shared<File>(File{changed, size, etag, make_body(std::move(bytes))});
  const std::lock_guard lock(mutex_);
  files_[path] = file;
  return file;
}

Body StaticFiles::body(File& file, std::string_view coding, bool patient) const {
  if (coding == "identity") return file.plain;
  {
    const std::lock_guard lock(mutex_);
    if (const auto known = file.coded.find(coding); known != file.coded.end()) return known->second;
  }
  if (!patient) return nullptr;
  const Body coded = make_body(encode(coding, *file.plain));
  const std::lock_guard lock(mutex_);
  return file.coded.emplace(coding, coded).first->second;
}

Answer StaticFiles::answer(const Call& call, const std::string& path) const {
  const auto file = find(path, call.patient);
  if (!file) return std::nullopt;
  const FileType type = type_of(path);
  const auto coding =
      type.is_packed ? std::optional<std::string_view>("identity") : wanted_coding(call.request);
  if (!coding) return no_coding();
  Response response = conditional(
      call.request, Representation{.etag = fmt::format("\"{}-{}\"", file->etag, *coding),
                                   .content_type = type.media_type,
                                   .coding = *coding,
                                   .vary = "Accept-Encoding"});
  response.fields.emplace_back("X-Content-Type-Options", "nosniff");
  if (type.extension == ".html") {
    response.fields.emplace_back("Content-Security-Policy", kPagePolicy);
    response.fields.emplace_back("Referrer-Policy", "same-origin");
  }
  if (response.status == 304) return response;
  response.body = body(*file, *coding, call.patient);
  if (!response.body) return std::nullopt;
  return response;
}

Route StaticFiles::file_route(std::string pattern, std::string path) const {
  return {.pattern = std::move(pattern),
          .answer =
              [this, path](const Call& call) {
                refuse_parameters(call.target);
                return answer(call, path);
              },
          .doc = {.summary = "A page", .hidden = true},
          .open = true};
}

Route StaticFiles::folder_route(const std::string& prefix, const std::string& below) const {
  return {.pattern = prefix + "/{path...}",
          .answer =
              [this, below](const Call& call) {
                return answer(call, below + call.path.find("path")->second);
              },
          .doc = {.summary = "What pages are made of", .hidden = true},
          .open = true};
}

fs::path web_folder(const std::string& configured) {
  if (!configured.empty()) {
    if (is_folder(fs::path(configured) / "pages")) return configured;
    throw Error(ErrorKind::not_found,
                configured + " holds no pages; --web-root names the folder web beside the program");
  }
  return program_folder() / "web";
}

}  // namespace aml::http
