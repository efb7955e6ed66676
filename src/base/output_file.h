#pragma once

#include <sys/stat.h>

#include <filesystem>
#include <optional>
#include <string_view>

#include "base/descriptor.h"

namespace aml {

// Who may read a new file: everyone as far as the umask allows, or its owner alone. A file that is
// replaced keeps the mode it has.
enum class Access { shared, owner };

struct OutputOptions {
  Access access = Access::shared;
  bool replace = true;  // false: Error{usage} where something of that name is there already
};

// A file that is written aside and appears whole: readers see the old one or the new one, never a
// part, and a process that is killed leaves the old one. What it left aside, the next writer of the
// same file clears.
//
// A symbolic link stays one: the file it leads to is replaced. What cannot be replaced gets the
// bytes once they are whole: a pipe, a terminal or another device of characters, a descriptor of
// this process (/dev/stdout), and a file that is mounted by itself.
class OutputFile {
 public:
  // Says before any work what would fail after it. Throws Error{usage} for a folder, a socket, a
  // disk, and a pipe that nobody reads; Error{not_found} where its folder is missing; Error{denied,
  // no_space, …} where the system refuses.
  explicit OutputFile(const std::filesystem::path& target, OutputOptions options = {});
  ~OutputFile();
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  // The file aside, empty at first, for writers that open it by its name. They must not replace it.
  const std::filesystem::path& path() const { return aside_path_; }
  // Appends to it.
  void write(std::string_view bytes);
  // Makes all that was written durable, and gives it its name. Called once.
  void publish();
  // Likewise, under a name that was not known before; what has it is replaced. REQUIRES: the target
  // does not exist, and `path` lies on the same file system.
  void publish_as(const std::filesystem::path& path);

 private:
  void find_target();
  void open_in_place();
  void open_aside();
  void open_aside_elsewhere();
  void keep_mode() const;
  void rename_aside();
  void copy_aside();

  std::filesystem::path named_;   // as it was asked for
  std::filesystem::path target_;  // where its links lead
  OutputOptions options_;
  std::optional<struct stat> replaced_;  // of the file that is replaced
  Descriptor in_place_;                  // what gets the bytes because it cannot be replaced
  bool is_cut_ = false;                  // in_place_ is a file that loses what it held
  std::filesystem::path aside_path_;
  Descriptor aside_;
};

}  // namespace aml
