#include "evidence/known_addresses.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "base/json_text.h"
#include "snapshot/address_text.h"

namespace aml::evidence {

KnownAddresses::KnownAddresses(std::shared_ptr<const std::string> file) : file_(std::move(file)) {
  if (file_ == nullptr) return;
  lines_ = *file_;
  // The first line opens the object, the last one closes it.
  lines_.remove_prefix(std::min(lines_.find('\n'), lines_.size() - 1) + 1);
  lines_ = lines_.substr(0, lines_.rfind("\n}") + 1);
}

std::string_view KnownAddresses::find(std::string_view address) const {
  if (lines_.empty()) return {};
  std::string key;
  append_json_text(key, snapshot::comparable(address));
  key += ':';
  // Between the beginnings of two lines; `end` is one, or that of nothing.
  std::size_t begin = 0;
  std::size_t end = lines_.size();
  while (begin < end) {
    const std::size_t middle = begin + (end - begin) / 2;
    const std::size_t before = lines_.rfind('\n', middle == 0 ? 0 : middle - 1);
    const std::size_t start =
        before == std::string_view::npos || before < begin ? begin : before + 1;
    std::string_view line = lines_.substr(start, lines_.find('\n', start) - start);
    if (line.starts_with(key)) {
      line.remove_prefix(key.size());
      if (line.ends_with(',')) line.remove_suffix(1);
      return line;
    }
    if (line < key) {
      begin = start + lines_.substr(start).find('\n') + 1;
    } else {
      end = start;
    }
  }
  return {};
}

std::string KnownAddresses::categories(std::string_view address) const {
  const std::string_view told = find(address);
  if (told.empty()) return "";
  std::set<std::string> names;
  for (const auto& label : nlohmann::json::parse(told)) names.insert(label.value("category", ""));
  return fmt::format("{}", fmt::join(names, ","));
}

void KnownMentions::add(std::string_view address) {
  if (found_.contains(address)) return;
  const std::string_view told = known_.find(address);
  if (!told.empty()) found_.emplace(address, told);
}

std::string KnownMentions::member() const {
  if (!known_.is_told()) return "";
  std::string json = ",\"known\":{";
  for (const auto& [address, told] : found_) {
    if (json.back() != '{') json += ',';
    append_json_text(json, address);
    json += ':';
    json += told;
  }
  return json + "}";
}

}  // namespace aml::evidence
