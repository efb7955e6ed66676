#pragma once

#include <filesystem>

// Whether paths that are written differently lead to one place.
namespace aml {

// The path from the root, with all links followed, also where what they lead to is not there, and
// without "..", as the system goes.
std::filesystem::path resolved_path(const std::filesystem::path& path);
// Whether both are there and are one file, by whatever names: no folder, device or pipe.
bool is_same_file(const std::filesystem::path& a, const std::filesystem::path& b);
// Whether `path` is the folder `folder` or would lie in it, links followed; neither need be there.
bool would_lie_in(const std::filesystem::path& path, const std::filesystem::path& folder);

}  // namespace aml
