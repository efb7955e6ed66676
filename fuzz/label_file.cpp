// Files of labels, whose format the first byte chooses (CSV, TagPack, OFAC's list, list of
// addresses): whatever is in them, they are refused with a bad_input Error that names the file, or
// each of their labels has an address. What is read of any of them reads the same as CSV.
#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "known/label_reader.h"

namespace {

using namespace aml::known;

using Reader = void (*)(const std::filesystem::path&, const TakeLabel&);
constexpr Reader kReaders[] = {read_label_csv, read_tagpack, read_sdn, read_sanctioned_list};

std::optional<std::vector<RawLabel>> read(Reader reader, std::string_view text) {
  static const int file = ::memfd_create("labels", 0);
  static const std::string path = "/proc/self/fd/" + std::to_string(file);
  if (::ftruncate(file, 0) != 0 || ::pwrite(file, text.data(), text.size(), 0) < 0) std::abort();
  std::vector<RawLabel> labels;
  try {
    reader(path, [&](RawLabel&& label) { labels.push_back(std::move(label)); });
  } catch (const aml::Error& e) {
    if (e.kind() != aml::ErrorKind::bad_input) std::abort();
    if (std::string_view(e.what()).find(path) != 0) std::abort();
    return std::nullopt;
  }
  return labels;
}

std::string quoted(const std::string& word) {
  std::string text = "\"";
  for (const char c : word) text += c == '"' ? "\"\"" : std::string(1, c);
  return text + "\"";
}

std::string as_csv(const std::vector<RawLabel>& labels) {
  std::string text = "source,category,ADDRESS,label\r\n";
  for (const RawLabel& label : labels) {
    text += quoted(label.source) + "," + quoted(label.category) + "," + quoted(label.address) +
            "," + quoted(label.label) + "\n";
  }
  return text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto labels = read(kReaders[data[0] % std::size(kReaders)], text);
  if (!labels) return 0;
  for (const RawLabel& label : *labels) {
    if (label.address.empty()) std::abort();
  }
  const auto again = read(read_label_csv, as_csv(*labels));
  if (!again || again->size() != labels->size()) std::abort();
  for (std::size_t i = 0; i < labels->size(); ++i) {
    const RawLabel& one = (*labels)[i];
    const RawLabel& other = (*again)[i];
    if (one.address != other.address || one.label != other.label ||
        one.category != other.category || one.source != other.source) {
      std::abort();
    }
  }
  return 0;
}
