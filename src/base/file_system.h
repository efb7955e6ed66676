#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string_view>
#include <vector>

// Names, folders and links. Where the system refuses, each function throws an Error that names the
// path and says why. Outside base nobody asks std::filesystem, whose calls throw otherwise
// (scripts/lint).
namespace aml {

// Whether something of that name is there. Links are followed; one that leads nowhere is not there.
bool path_exists(const std::filesystem::path& path);
bool is_folder(const std::filesystem::path& path);
// As is_folder, but what cannot be looked at is none: for places that are merely tried.
bool is_reachable_folder(const std::filesystem::path& path) noexcept;
// Whether the name itself is a symbolic link.
bool is_link(const std::filesystem::path& path);
// Whether another file system, or another place of this one, is mounted at that name, so that it
// can be neither renamed nor replaced. False where nothing is there.
bool is_mount_point(const std::filesystem::path& path);

// What a folder holds, by name.
std::vector<std::filesystem::path> list_folder(const std::filesystem::path& folder);
// Likewise; nothing where there is no folder, or none that may be read.
std::vector<std::filesystem::path> list_folder_if_possible(const std::filesystem::path& folder);

// Makes the folder and those above it that are missing.
void make_folders(const std::filesystem::path& folder);
// Replaces the file `to` where there is one.
void rename_path(const std::filesystem::path& from, const std::filesystem::path& to);
// Removes a file, a link (not what it leads to), or a folder with all that is in it. What is not
// there is no error.
void remove_tree(const std::filesystem::path& path);
// Likewise a folder, for who looks at once: its name is gone before what is in it. Where the
// program ends meanwhile, the rest stands in hidden_sibling(path, kExpired), which the next call
// removes.
inline constexpr const char* kExpired = ".expired";
void remove_at_once(const std::filesystem::path& path);
// What such removals in `root` left, of programs that were killed or of files that would not go.
std::vector<std::filesystem::path> half_removed(const std::filesystem::path& root);
// Likewise, as far as it can: for who has nobody to tell.
void try_remove_tree(const std::filesystem::path& path) noexcept;

// The path from the root, otherwise as it is: behind a symbolic link, ".." leads where the system
// says.
std::filesystem::path rooted_path(const std::filesystem::path& path);
// The path from the root, without "." and "..", and without a slash at its end.
std::filesystem::path absolute_path(const std::filesystem::path& path);
// What `path` names once it is followed from link to link; it need not be there. Only the last name
// of the path is followed; the folders above it are the kernel's.
std::filesystem::path follow_links(std::filesystem::path path);
// Whether `path` lies below the folder `root` when all links are followed. Throws where one of both
// is not there.
bool is_below(const std::filesystem::path& path, const std::filesystem::path& root);
// ".{name}{ending}" beside `path`, also where that would be too long for a name.
std::filesystem::path hidden_sibling(const std::filesystem::path& path, std::string_view ending);

std::chrono::system_clock::time_point changed_at(const std::filesystem::path& path);
// Bytes that this process may still write on the disk of `folder`; nothing where the system does
// not say.
std::optional<std::uint64_t> free_bytes(const std::filesystem::path& folder);
// The folder of the program that runs; empty where the system does not say.
std::filesystem::path program_folder();

}  // namespace aml
