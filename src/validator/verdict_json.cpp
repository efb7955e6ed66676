#include <nlohmann/json.hpp>

#include "validator/ledger.h"

namespace aml::validator {

using Json = nlohmann::ordered_json;

std::string verdict_to_json(const validation::Verdict& verdict) {
  Json json{{"final_score", verdict.final_score},
            {"integrity", verdict.integrity},
            {"behavior", verdict.behavior},
            {"ground_truth", nullptr},
            {"is_baseline", verdict.is_baseline},
            {"public_model", verdict.is_baseline ? Json(verdict.public_model) : Json(nullptr)},
            {"copy_of", verdict.copy_of.empty() ? Json(nullptr) : Json(verdict.copy_of)},
            {"cap", verdict.cap ? Json(*verdict.cap) : Json(nullptr)},
            {"checks", Json::array()}};
  if (const auto& truth = verdict.ground_truth) {
    json["ground_truth"] = {{"score", truth->score},
                            {"alerts", truth->alerts},
                            {"positives", truth->positives},
                            {"auc_roc", truth->auc_roc},
                            {"auc_pr", truth->auc_pr},
                            {"best_f1", truth->best_f1},
                            {"best_f1_threshold", truth->best_f1_threshold}};
  }
  for (const validation::Check& check : verdict.checks) {
    json["checks"].push_back({{"name", check.name},
                              {"passed", check.passed},
                              {"figure", check.figure},
                              {"effect", check.effect},
                              {"reason", check.reason}});
  }
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

validation::Verdict verdict_from_json(const std::string& text) {
  const Json json = Json::parse(text);
  validation::Verdict verdict;
  verdict.final_score = json.at("final_score");
  verdict.integrity = json.at("integrity");
  verdict.behavior = json.at("behavior");
  verdict.is_baseline = json.at("is_baseline");
  // Earlier programs knew one such model.
  if (verdict.is_baseline)
    verdict.public_model = json.value("public_model", validation::kStockModels);
  if (!json.at("copy_of").is_null()) verdict.copy_of = json.at("copy_of");
  if (!json.at("cap").is_null()) verdict.cap = json.at("cap").get<double>();
  if (const Json& truth = json.at("ground_truth"); !truth.is_null()) {
    verdict.ground_truth = validation::GroundTruthCheck{
        truth.at("alerts"),  truth.at("positives"),         truth.at("auc_roc"), truth.at("auc_pr"),
        truth.at("best_f1"), truth.at("best_f1_threshold"), truth.at("score")};
  }
  for (const Json& check : json.at("checks")) {
    verdict.checks.push_back({check.at("name"), check.at("passed"), check.at("figure"),
                              check.at("effect"), check.at("reason")});
  }
  return verdict;
}

}  // namespace aml::validator
