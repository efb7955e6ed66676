#include "commands/check_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "commands/text_page.h"

namespace aml::commands {

namespace {

using validation::Check;
using validation::Verdict;
using Json = nlohmann::ordered_json;

// What the operator can do about a check that failed.
std::string advice_on(const std::string& check) {
  static const std::map<std::string, std::string> advice = {
      {"processing_date", "serve the batch of the day that is asked for"},
      {"complete", "process the snapshot again, all of it"},
      {"known", "process the snapshot again: the batch is of another one"},
      {"latency", "process on a faster machine, or with fewer features"},
      {"variance", "publish a map that spreads more, such as 0.12 + 0.86 · probability"},
      {"median",
       "publish a map whose median lies from 0.1 to 0.9, such as 0.12 + 0.86 · probability"},
      {"baseline", "train on days and features of your own: this is what anyone has"},
      {"informed", "the scores know nothing of this day's truth: train on more days"},
  };
  const auto found = advice.find(check);
  if (found != advice.end()) return found->second;
  if (check.starts_with("trap_")) return "use more than what the producer's columns say";
  return "process the snapshot again";
}

Json json_of(const validation::Contribution& contribution) {
  return {{"points", contribution.points},
          {"error", contribution.error},
          {"alone", contribution.alone},
          {"explained", contribution.explained},
          {"truths", contribution.truths},
          {"sigmas", contribution.sigmas},
          {"needed_sigmas", contribution.needed_sigmas},
          {"trust", contribution.trust},
          {"covariance", contribution.covariance ? Json(*contribution.covariance) : Json(nullptr)}};
}

void add_checks(const CheckReport& report, TextPage& page) {
  page.add("{:28}{:>12}{:>9}  {}\n", "check", "figure", "points", "what to do");
  for (const Check& check : report.verdict.checks) {
    page.add("{:28}{:12.6g}{:>9}  {}\n", check.name, check.figure,
             check.effect == 0 ? "" : fmt::format("{:+.2f}", check.effect),
             check.passed ? "" : check.reason + "; " + advice_on(check.name));
  }
  if (!report.is_of_snapshot) {
    page.add("{:28}{:>12}{:>9}  {}\n", "snapshot", "", "",
             "the batch was made from another snapshot than this: process it again");
  }
}

void add_earnings(const validator::Earnings& earnings, TextPage& page) {
  if (earnings.days.empty()) return;
  constexpr double kNormal95 = 1.96;
  page.add("\nWhat it would have earned alone, in points that it adds to what anyone has:\n");
  page.add("{:12}{:>10}  {:24}{:>10}{:>9}{:>9}\n", "day", "points", "95 % interval", "public",
           "truths", "sigmas");
  for (const auto& [date, earned] : earnings.days) {
    page.add("{:12}{:10.5f}  {:24}{:9.1f}%{:9}{:9.2f}\n", date, earned.points,
             fmt::format("{:.5f} to {:.5f}", earned.points - kNormal95 * earned.error,
                         earned.points + kNormal95 * earned.error),
             100 * earned.explained, earned.truths, earned.sigmas);
  }
  const validation::Trust& after = earnings.after;
  page.add(
      "By all {} truths: {:.2f} standard errors of information of its own, {:.2f} needed: {}\n",
      after.truths, after.sigmas, earnings.needed_sigmas,
      after.trust > 0 ? fmt::format("paid, with a trust of {:.2f}", after.trust)
                      : "nothing is paid until it has more");
}

}  // namespace

std::optional<EndCode> end_of(const CheckReport& report) {
  const auto has_failed = [](const Check& check) { return !check.passed; };
  const std::vector<Check>& checks = report.verdict.checks;
  if (report.verdict.integrity == 0) return EndCode::refused;
  const bool is_wanting = !report.is_of_snapshot ||
                          std::any_of(checks.begin(), checks.end(), has_failed) ||
                          report.verdict.is_baseline;
  return is_wanting ? std::optional(EndCode::wanting) : std::nullopt;
}

std::string words_of(std::optional<EndCode> end) {
  if (!end) return "nothing to find fault with";
  return *end == EndCode::refused ? "a validator would give it no points"
                                  : "a validator would take points, or pay nothing for it";
}

Json json_of(const CheckReport& report) {
  const Verdict& verdict = report.verdict;
  Json json{{"processing_date", report.date},
            {"alerts", report.alerts},
            {"verdict", words_of(end_of(report))},
            {"is_of_snapshot", report.is_of_snapshot},
            {"integrity", verdict.integrity},
            {"behavior", verdict.behavior},
            {"final_score", verdict.final_score},
            {"public_model", verdict.public_model},
            {"checks", Json::array()},
            {"earned", Json::array()}};
  for (const Check& check : verdict.checks) {
    json["checks"].push_back({{"name", check.name},
                              {"passed", check.passed},
                              {"figure", check.figure},
                              {"effect", check.effect},
                              {"reason", check.reason},
                              {"advice", check.passed ? "" : advice_on(check.name)}});
  }
  if (verdict.ground_truth) {
    json["ground_truth"] = {{"alerts", verdict.ground_truth->alerts},
                            {"positives", verdict.ground_truth->positives},
                            {"auc_roc", verdict.ground_truth->auc_roc},
                            {"auc_pr", verdict.ground_truth->auc_pr},
                            {"score", verdict.ground_truth->score}};
  }
  for (const validator::EarnedDay& day : report.earnings.days) {
    Json row = json_of(day.contribution);
    row["processing_date"] = day.date;
    json["earned"].push_back(std::move(row));
  }
  if (!report.earnings.days.empty()) {
    json["after"] = {{"truths", report.earnings.after.truths},
                     {"sigmas", report.earnings.after.sigmas},
                     {"needed_sigmas", report.earnings.needed_sigmas},
                     {"trust", report.earnings.after.trust}};
  }
  return json;
}

std::string table_of(const CheckReport& report) {
  TextPage page;
  const Verdict& verdict = report.verdict;
  page.add("{}: {} alerts; {}\n\n", report.date, report.alerts, words_of(end_of(report)));
  page.add("integrity {:.2f} of {:.2f}, behavior {:.2f} of {:.2f}", verdict.integrity,
           validation::kIntegrityPoints, verdict.behavior, validation::kBehaviorPoints);
  if (verdict.ground_truth) {
    page.add(", ground truth {:.4f} (AUC-ROC {:.4f}, AUC-PR {:.4f}, {} of {} reported)",
             verdict.ground_truth->score, verdict.ground_truth->auc_roc,
             verdict.ground_truth->auc_pr, verdict.ground_truth->positives,
             verdict.ground_truth->alerts);
  }
  page.add("\n\n");
  add_checks(report, page);
  add_earnings(report.earnings, page);
  return page.text();
}

}  // namespace aml::commands
