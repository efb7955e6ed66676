#include "base/text_file.h"

#include "base/error.h"
#include "base/file_system.h"

namespace aml {

std::string_view without_byte_order_mark(std::string_view text) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  return text;
}

std::string read_text(const std::filesystem::path& path, std::uint64_t most_bytes) {
  const std::string bytes = read_file(path, most_bytes);
  if (bytes.find('\0') != std::string::npos) {
    throw Error(ErrorKind::bad_input, path.string() + " is no plain text: save it as UTF-8");
  }
  return std::string(without_byte_order_mark(bytes));
}

void require_regular_file(const std::filesystem::path& path) {
  if (file_size_if_exists(path)) return;
  if (!path_exists(path)) throw Error(ErrorKind::not_found, path.string() + " does not exist");
  throw Error(ErrorKind::usage,
              path.string() + " is no regular file, which is needed here: write it into one first");
}

}  // namespace aml
