#include "base/path_identity.h"

#include <algorithm>
#include <system_error>

#include "base/file_system.h"

namespace aml {

namespace fs = std::filesystem;

fs::path resolved_path(const fs::path& path) {
  const fs::path target = follow_links(absolute_path(path));
  std::error_code error;
  fs::path resolved = fs::weakly_canonical(target, error);
  return error ? target : resolved;  // nobody comes to it on this way
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
