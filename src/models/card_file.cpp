#include "models/card_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/files.h"

namespace aml::models {

namespace {

using Json = nlohmann::ordered_json;

std::filesystem::path card_path(const std::filesystem::path& model_path) {
  std::filesystem::path path = model_path;
  return path.replace_extension(".json");
}

void require(bool holds, const char* what) {
  if (!holds) throw Error(ErrorKind::bad_input, what);
}

PublishedScale read_scale(const Json& card) {
  PublishedScale scale;
  const Json& calibration = card.at("calibration");
  if (calibration.is_null()) return scale;
  scale.calibration =
      Calibration{calibration.at("slope").get<double>(), calibration.at("intercept").get<double>()};
  const Json& map = card.at("score_map");
  scale.map = {map.at("offset").get<double>(), map.at("span").get<double>()};
  require(scale.calibration->slope > 0 && std::isfinite(scale.calibration->slope) &&
              std::isfinite(scale.calibration->intercept),
          "the calibration's slope must be above 0");
  require(scale.map.offset >= 0 && scale.map.span > 0 && scale.map.offset + scale.map.span <= 1,
          "the score map must stay in [0, 1]");
  return scale;
}

// The calibration as a batch's metadata.json has it: without how it was judged.
std::string published_calibration(const Json& card) {
  Json json = card.at("calibration");
  if (json.is_null()) return "";
  json.erase("judged");
  json["score_map"] = card.at("score_map");
  return json.dump();
}

}  // namespace

Json read_card(const std::filesystem::path& model_path, const std::string& model_sha256) {
  constexpr std::uint64_t kMostBytes = 16 << 20;
  const std::filesystem::path path = card_path(model_path);
  if (file_size_if_exists(path).value_or(kMostBytes) >= kMostBytes) return nullptr;
  Json card = Json::parse(read_file(path), nullptr, /*allow_exceptions=*/false);
  if (!card.is_object() || card.value("model_sha256", Json()) != model_sha256) return nullptr;
  const Json format = card.value("format_version", Json(kCardFormat));
  if (!format.is_number() || format.get<double>() > kCardFormat) {
    throw Error(ErrorKind::bad_input,
                fmt::format("{} has format {}, written by aml-miner {}; this program, {}, knows "
                            "formats up to {}: use that program, or train the model anew",
                            path.string(), format.dump(),
                            card.value("program_version", Json("of later")).dump(), AML_VERSION,
                            kCardFormat));
  }
  return card;
}

std::optional<Date> last_learned_day(const Json& card) {
  if (!card.is_object()) return std::nullopt;
  const auto days = card.find("training_data");
  if (days == card.end() || !days->is_array()) return std::nullopt;
  std::optional<Date> last;
  for (const Json& day : *days) {
    const auto text = day.is_object() ? day.find("processing_date") : day.end();
    if (text == day.end() || !text->is_string()) return std::nullopt;
    const auto date = Date::parse(text->get<std::string>());
    if (!date) return std::nullopt;
    last = last ? std::max(*last, *date) : *date;
  }
  return last;
}

CardFacts read_card_facts(const std::filesystem::path& model_path,
                          const std::string& model_sha256) {
  CardFacts facts;
  const Json card = read_card(model_path, model_sha256);
  // Cards of version 0.1.0 have neither.
  if (!card.is_object() || !card.contains("calibration")) return facts;
  try {
    facts.scale = read_scale(card);
    facts.calibration_json = published_calibration(card);
    const Json& scorer = card.at("alert_scorer_sha256");
    if (scorer.is_string()) facts.alert_scorer_sha256 = scorer;
    const Json address_scorer = card.value("address_scorer_sha256", Json());
    if (address_scorer.is_string()) facts.address_scorer_sha256 = address_scorer;
    const Json& profile = card.at("training_profile");
    if (profile.is_object() && profile.value("days", 0) > 0) {
      facts.profile = parse_profile(profile.dump(), "training_profile");
    }
    return facts;
  } catch (const std::exception& e) {
    throw Error(ErrorKind::bad_input,
                fmt::format("{} cannot be used: {}; train the model anew, or remove the card and "
                            "publish scores without probabilities",
                            card_path(model_path).string(), e.what()));
  }
}

}  // namespace aml::models
