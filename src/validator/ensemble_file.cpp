#include "validator/ensemble_file.h"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "base/date.h"

namespace aml::validator {

using Json = nlohmann::ordered_json;

std::filesystem::path ensemble_path(const std::filesystem::path& data_dir,
                                    const std::string& date) {
  return data_dir / "ensembles" / (date + ".json");
}

std::string ensemble_text(const std::string& date, const std::string& network,
                          std::span<const EnsembleMember> members, std::span<const std::string> ids,
                          std::span<const validation::EnsembleScore> scores) {
  Json head{{"format_version", kEnsembleFormat},
            {"processing_date", date},
            {"network", network},
            {"made_at", utc_now()},
            {"members", Json::array()}};
  for (const EnsembleMember& member : members) {
    head["members"].push_back({{"hotkey", member.hotkey}, {"weight", member.weight}});
  }
  std::size_t rows = 0;
  std::string list;
  for (std::size_t i = 0; i < scores.size(); ++i) {
    const validation::EnsembleScore& score = scores[i];
    if (std::isnan(score.mean)) continue;
    list += fmt::format(
        R"({}{{"alert_id":{},"score":{},"median":{},"variance":{},"submissions":{}}})",
        rows == 0 ? "" : ",", Json(ids[i]).dump(-1, ' ', false, Json::error_handler_t::replace),
        score.mean, score.median, score.variance, score.submissions);
    ++rows;
  }
  head["total_alerts"] = rows;
  std::string text = head.dump(-1, ' ', false, Json::error_handler_t::replace);
  text.pop_back();
  return text + ",\"scores\":[" + list + "]}\n";
}

}  // namespace aml::validator
