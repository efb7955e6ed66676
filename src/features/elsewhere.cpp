#include "features/elsewhere.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <string_view>

#include "base/error.h"
#include "base/files.h"
#include "base/json_count.h"
#include "base/json_text.h"

namespace aml::features {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kMostEngineBytes = 64 << 10;
constexpr int kDeepestEngine = 16;

// What engine.json says, or a sentence about what it does not.
class EngineFile {
 public:
  explicit EngineFile(const std::filesystem::path& path) : name_(path.string()) {
    const std::string text = read_file(path, kMostEngineBytes);
    if (nests_deeper(text, kDeepestEngine)) refuse("is nested too deep");
    json_ = Json::parse(text, nullptr, /*allow_exceptions=*/false);
    if (!json_.is_object()) refuse("is no JSON object");
  }

  // A member that is an object, taken out.
  Json take(const char* member) {
    const auto found = json_.find(member);
    if (found == json_.end() || !found->is_object()) {
      refuse(fmt::format("has no object {}, which says what the groups are", member));
    }
    Json taken = std::move(*found);
    json_.erase(found);
    return taken;
  }

  std::string text_of(const Json& object, const char* member) const {
    const auto found = object.find(member);
    if (found == object.end() || !found->is_string()) refuse(fmt::format("has no {}", member));
    return found->get<std::string>();
  }

  std::int64_t count_of(const Json& object, const std::string& member) const {
    const auto found = object.find(member);
    const auto count = found == object.end() ? std::nullopt : count_in(*found);
    if (!count) refuse(fmt::format("has no whole number {} from 0", member));
    return *count;
  }

  std::string rest() const { return json_.dump(); }

 private:
  [[noreturn]] void refuse(const std::string& what) const {
    throw Error(ErrorKind::bad_input,
                fmt::format("{} {}: make the groups again of what `aml-miner sql --json` prints",
                            name_, what));
  }

  std::string name_;
  Json json_;
};

}  // namespace

std::string GroupsElsewhere::told(std::int64_t scored_rows) const {
  Json json = Json::parse(engine);
  json["scored_rows"] = scored_rows;
  return json.dump();
}

std::optional<GroupsElsewhere> read_groups_elsewhere(const std::filesystem::path& folder) {
  if (folder.empty()) return std::nullopt;
  EngineFile file(folder / "engine.json");
  GroupsElsewhere groups{.folder = folder};
  const Json made_of = file.take("made_of");
  groups.made_of = {file.text_of(made_of, "snapshot_sha256"),
                    file.text_of(made_of, "whole_feature_sql_sha256"),
                    file.count_of(made_of, "alerts"), file.count_of(made_of, "clusters")};
  const Json rows = file.take("rows");
  for (const auto& [group, count] : rows.items()) groups.rows[group] = file.count_of(rows, group);
  groups.engine = file.rest();
  return groups;
}

}  // namespace aml::features
