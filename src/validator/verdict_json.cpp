#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "base/error.h"
#include "validator/ledger.h"

namespace aml::validator {

using Json = nlohmann::ordered_json;

namespace {

// Members are read one by one into what is there already: an aggregate in braces whose members are
// read while it is made is freed twice by g++ 12 when one of them throws (CONTRIBUTING.md).
validation::GroundTruthCheck truth_of(const Json& json) {
  validation::GroundTruthCheck truth;
  json.at("alerts").get_to(truth.alerts);
  json.at("positives").get_to(truth.positives);
  json.at("auc_roc").get_to(truth.auc_roc);
  json.at("auc_pr").get_to(truth.auc_pr);
  json.at("best_f1").get_to(truth.best_f1);
  json.at("best_f1_threshold").get_to(truth.best_f1_threshold);
  json.at("score").get_to(truth.score);
  return truth;
}

validation::Contribution contribution_of(const Json& json) {
  validation::Contribution contribution;
  json.at("points").get_to(contribution.points);
  json.at("error").get_to(contribution.error);
  json.at("alone").get_to(contribution.alone);
  json.at("explained").get_to(contribution.explained);
  json.at("truths").get_to(contribution.truths);
  json.at("sigmas").get_to(contribution.sigmas);
  json.at("needed_sigmas").get_to(contribution.needed_sigmas);
  json.at("trust").get_to(contribution.trust);
  json.at("blend").get_to(contribution.blend);
  json.at("reference_points").get_to(contribution.reference_points);
  json.at("blended_points").get_to(contribution.blended_points);
  if (const auto found = json.find("covariance"); found != json.end() && !found->is_null()) {
    contribution.covariance = found->get<double>();
  }
  for (const Json& one : json.at("relatives")) {
    validation::Relative relative;
    one.at("hotkey").get_to(relative.hotkey);
    one.at("likeness").get_to(relative.likeness);
    contribution.relatives.push_back(std::move(relative));
  }
  return contribution;
}

Json contribution_json(const validation::Contribution& contribution) {
  constexpr double kSigmasOfInterval = 1.96;  // 95 %
  const double reach = kSigmasOfInterval * contribution.error;
  Json json{
      {"points", contribution.points},
      {"low", contribution.points - reach},
      {"high", contribution.points + reach},
      {"error", contribution.error},
      {"alone", contribution.alone},
      {"explained", contribution.explained},
      {"truths", contribution.truths},
      {"sigmas", contribution.sigmas},
      {"needed_sigmas", contribution.needed_sigmas},
      {"trust", contribution.trust},
      {"blend", contribution.blend},
      {"reference_points", contribution.reference_points},
      {"blended_points", contribution.blended_points},
      {"covariance", contribution.covariance ? Json(*contribution.covariance) : Json(nullptr)},
      {"relatives", Json::array()}};
  for (const validation::Relative& relative : contribution.relatives) {
    json["relatives"].push_back({{"hotkey", relative.hotkey}, {"likeness", relative.likeness}});
  }
  return json;
}

validation::Check check_of(const Json& json) {
  validation::Check check;
  json.at("name").get_to(check.name);
  json.at("passed").get_to(check.passed);
  json.at("figure").get_to(check.figure);
  json.at("effect").get_to(check.effect);
  json.at("reason").get_to(check.reason);
  return check;
}

validation::Verdict verdict_of(const Json& json) {
  validation::Verdict verdict;
  json.at("final_score").get_to(verdict.final_score);
  json.at("integrity").get_to(verdict.integrity);
  json.at("behavior").get_to(verdict.behavior);
  json.at("is_baseline").get_to(verdict.is_baseline);
  // Earlier programs knew one such model.
  if (verdict.is_baseline) {
    verdict.public_model = json.value("public_model", validation::kStockModels);
  }
  if (!json.at("copy_of").is_null()) json.at("copy_of").get_to(verdict.copy_of);
  if (!json.at("cap").is_null()) verdict.cap = json.at("cap").get<double>();
  if (const Json& truth = json.at("ground_truth"); !truth.is_null()) {
    verdict.ground_truth = truth_of(truth);
  }
  // Earlier programs paid for the final score.
  if (const auto paid = json.find("contribution"); paid != json.end() && !paid->is_null()) {
    verdict.contribution = contribution_of(*paid);
  }
  for (const Json& check : json.at("checks")) verdict.checks.push_back(check_of(check));
  return verdict;
}

}  // namespace

std::string verdict_to_json(const validation::Verdict& verdict) {
  Json json{{"final_score", verdict.final_score},
            {"integrity", verdict.integrity},
            {"behavior", verdict.behavior},
            {"ground_truth", nullptr},
            {"is_baseline", verdict.is_baseline},
            {"public_model", verdict.is_baseline ? Json(verdict.public_model) : Json(nullptr)},
            {"copy_of", verdict.copy_of.empty() ? Json(nullptr) : Json(verdict.copy_of)},
            {"cap", verdict.cap ? Json(*verdict.cap) : Json(nullptr)},
            {"contribution",
             verdict.contribution ? contribution_json(*verdict.contribution) : Json(nullptr)},
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
  try {
    return verdict_of(Json::parse(text));
  } catch (const Json::exception& e) {
    throw Error(ErrorKind::bad_input, fmt::format("this verdict cannot be read: {}", e.what()));
  }
}

}  // namespace aml::validator
