// GraphSense TagPacks: a header, and tags of which each has what the header says unless it says
// something else. https://github.com/graphsense/graphsense-tagpacks/wiki/GraphSense-TagPacks
#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <utility>
#include <vector>

#include "base/error.h"
#include "base/files.h"
#include "known/label_reader.h"
#include "known/network_name.h"
#include "sot/known_since.h"

namespace aml::known {

namespace fs = std::filesystem;

namespace {

[[noreturn]] void refuse(const fs::path& file, const YAML::Mark& mark, const std::string& words) {
  if (mark.is_null()) {
    throw Error(ErrorKind::bad_input, fmt::format("{}: {}", file.string(), words));
  }
  throw Error(ErrorKind::bad_input,
              fmt::format("{}:{}:{}: {}", file.string(), mark.line + 1, mark.column + 1, words));
}

class TagPack {
 public:
  // Of one document of the file.
  TagPack(const fs::path& file, YAML::Node document) : file_(file), root_(std::move(document)) {
    if (!root_.IsMap() || !root_["tags"] || !root_["tags"].IsSequence()) {
      refuse(file_, root_.Mark(), "a TagPack has a list named tags, each tag with an address");
    }
  }

  void read(const TakeLabel& take) const {
    const YAML::Node tags = root_["tags"];
    for (const YAML::Node& tag : tags) {
      if (!tag.IsMap()) refuse(file_, tag.Mark(), "a tag has an address and a label");
      RawLabel label{.address = trimmed(word(tag, "address"))};
      if (label.address.empty()) refuse(file_, tag.Mark(), "a tag has no address");
      label.network = network(tag);
      label.label = trimmed(either(tag, "label"));
      // abuse says what an address did, category who it is, concepts both.
      label.category =
          trimmed(either(tag, "abuse") + " " + either(tag, "category") + concepts(tag));
      label.source = trimmed(either(tag, "source"));
      label.known_second = last_modified(tag);
      take(std::move(label));
    }
  }

 private:
  std::string word(const YAML::Node& map, const char* key) const {
    const YAML::Node value = map[key];
    if (!value || value.IsNull()) return "";
    if (!value.IsScalar()) refuse(file_, value.Mark(), fmt::format("{} is no text", key));
    return value.Scalar();
  }

  std::string either(const YAML::Node& tag, const char* key) const {
    const std::string own = word(tag, key);
    return own.empty() ? word(root_, key) : own;
  }

  std::string concepts(const YAML::Node& tag) const {
    const YAML::Node own = tag["concepts"];
    const YAML::Node list = own ? own : root_["concepts"];
    if (!list || list.IsNull()) return "";
    if (list.IsScalar()) return " " + list.Scalar();
    if (!list.IsSequence()) refuse(file_, list.Mark(), "concepts is no list of words");
    std::string words;
    for (const YAML::Node& concept_name : list) {
      if (!concept_name.IsScalar()) refuse(file_, concept_name.Mark(), "a concept is no word");
      words += " " + concept_name.Scalar();
    }
    return words;
  }

  // Older packs name it by its currency. Of a currency that is a token, or that nobody here knows,
  // nothing is said: the tag counts.
  std::string network(const YAML::Node& tag) const {
    const std::string named = either(tag, "network");
    return known_network(trimmed(named.empty() ? either(tag, "currency") : named)).value_or("");
  }

  std::optional<std::int64_t> last_modified(const YAML::Node& tag) const {
    const std::string text = either(tag, "lastmod");
    if (text.empty()) return std::nullopt;
    const auto second = sot::parse_time(text);
    if (second) return second;
    const YAML::Node own = tag["lastmod"];
    refuse(
        file_, own ? own.Mark() : root_["lastmod"].Mark(),
        fmt::format("lastmod is '{}', but must be a day such as 2025-10-26", text.substr(0, 40)));
  }

  const fs::path& file_;
  YAML::Node root_;
};

// Each by itself: YAML::LoadAll() does not end where a document begins with what cannot begin one.
std::vector<YAML::Node> documents_of(const std::string& text) {
  std::vector<YAML::Node> documents;
  for (std::size_t begin = 0; begin < text.size();) {
    std::size_t end = text.find("\n---", begin);
    while (end != std::string::npos && end + 4 < text.size() && text[end + 4] > ' ') {
      end = text.find("\n---", end + 4);
    }
    end = end == std::string::npos ? text.size() : end + 1;
    documents.push_back(YAML::Load(text.substr(begin, end - begin)));
    begin = end;
  }
  return documents;
}

}  // namespace

void read_tagpack(const fs::path& file, const TakeLabel& take) {
  try {
    std::vector<YAML::Node> documents;
    try {
      documents = documents_of(read_file(file, kMostTagPackBytes));
    } catch (const YAML::Exception& error) {
      refuse(file, error.mark, fmt::format("it is no YAML: {}", error.msg));
    }
    // What follows the last "---" may be nothing.
    std::erase_if(documents, [](const YAML::Node& document) { return document.IsNull(); });
    if (documents.empty()) documents.emplace_back();
    for (const YAML::Node& document : documents) TagPack(file, document).read(take);
  } catch (const YAML::Exception& error) {
    refuse(file, error.mark, error.msg);
  }
}

}  // namespace aml::known
