#include "base/path_identity.h"

#include <algorithm>
#include <system_error>

#include "base/file_system.h"

namespace aml {

namespace fs = std::filesystem;

namespace {

constexpr int kMostLinks = 40;  // as Linux follows; nobody comes beyond it

// `path` from the folder `from`, which has no links. What a link leads to may be written with links
// of its own, and neither need be there.
fs::path resolved_from(fs::path from, const fs::path& path, int& links) {
  if (path.is_absolute()) from = path.root_path();
  for (const fs::path& part : path.relative_path()) {
    if (part.empty() || part == ".") continue;
    if (part == "..") {
      from = from.parent_path();  // the root's is the root
      continue;
    }
    from /= part;
    std::error_code is_none;
    const fs::path target = fs::read_symlink(from, is_none);
    if (is_none || ++links > kMostLinks) continue;
    from = resolved_from(from.parent_path(), target, links);
  }
  return from;
}

}  // namespace

fs::path resolved_path(const fs::path& path) {
  int links = 0;
  return resolved_from({}, rooted_path(path), links);
}

bool is_same_file(const fs::path& a, const fs::path& b) {
  std::error_code error;
  return fs::is_regular_file(a, error) && fs::is_regular_file(b, error) &&
         fs::equivalent(a, b, error);
}

bool would_lie_in(const fs::path& path, const fs::path& folder) {
  const fs::path inner = resolved_path(path);
  const fs::path outer = resolved_path(folder);
  return std::mismatch(outer.begin(), outer.end(), inner.begin(), inner.end()).first == outer.end();
}

}  // namespace aml
