// Models and the served batches, as `doctor` sees them.
#include <fmt/format.h>

#include <chrono>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/detail.h"
#include "base/error.h"
#include "base/http_client.h"
#include "commands/doctor_checks.h"
#include "features/feature_sql.h"
#include "models/champion.h"
#include "models/model_file.h"
#include "results/reader.h"
#include "scoring/first_stage.h"
#include "scoring/scoring.h"
#include "service/clock.h"
#include "service/option_words.h"
#include "service/resident_commands.h"
#include "service/training_state.h"

namespace aml::commands {

namespace {

namespace fs = std::filesystem;
using service::Configuration;

constexpr std::uint64_t kMostAnswerBytes = 1 << 20;
constexpr std::chrono::seconds kPatience{5};

features::FeatureSql feature_sql(const Configuration& configuration) {
  const std::string folder = service::option(configuration.process, "features-dir").value_or("");
  const bool with_known = service::option(configuration.process, "labels") ||
                          service::option(configuration.process, "history");
  return features::prepare_sql(
      folder.empty() ? features::built_in_sql() : features::read_sql(folder),
      service::options(configuration.process, "without"), with_known);
}

// What differs between the models' SQL and that which runs; empty where nothing does.
std::vector<std::string> differences(const Configuration& configuration, const fs::path& folder) {
  const std::string version = service::option(configuration.process, "model-version").value_or("");
  auto versions = models::versions_to_use(folder, version);
  std::vector<scoring::LoadedModel> models;
  for (const char* task : {models::kAlertScorer, models::kAlertRanker, models::kClusterScorer}) {
    models.push_back(scoring::load_task_model(folder, task, versions[task]));
  }
  const forest::Model* const of_alerts[] = {models[0].model.get(), models[1].model.get()};
  scoring::FirstStage::load(folder, of_alerts, service::options(configuration.process, "without"),
                            versions[models::kAddressScorer]);
  const features::FeatureSql sql = feature_sql(configuration);
  std::vector<const scoring::LoadedModel*> all;
  for (scoring::LoadedModel& model : models) {
    scoring::compare_feature_sql(model, sql.identity);
    all.push_back(&model);
  }
  return scoring::feature_sql_warnings(all);
}

void examine_model_files(const Configuration& configuration, DoctorReport& report) {
  DoctorCheck check{"models", Finding::fine, configuration.models_dir, "", ""};
  try {
    const fs::path general = models::find_models_dir(configuration.models_dir);
    const fs::path folder = models::models_of_network(general, configuration.network);
    check.tried = folder.string();
    const std::vector<std::string> found = differences(configuration, folder);
    check.means = "all can be loaded, and know the feature SQL";
    if (!found.empty()) {
      check.finding = Finding::wanting;
      check.means = found.front();
      check.to_do =
          "train them with this SQL (docs/models.md), or set process.features-dir to theirs";
    }
  } catch (const Error& e) {
    check.finding = Finding::failing;
    check.means = e.what();
    check.to_do = "set `models-dir` to a folder with the three models";
  }
  report.add(std::move(check));
}

// What the newest batch says of its day.
void examine_newest_batch(const Configuration& configuration, DoctorReport& report) {
  DoctorCheck check{"newest day", Finding::unknown, configuration.output_root.string(), "", ""};
  try {
    const std::vector<Date> dates = results::batch_dates(configuration.output_root);
    if (dates.empty()) {
      check.means = "there is no batch yet";
      report.add(std::move(check));
      return;
    }
    const Date newest = *std::ranges::max_element(dates);
    const results::FitRecord fit =
        results::read_metadata(results::batch_directory(configuration.output_root, newest)).fit;
    check.means = fmt::format("{} is {} to the alert scorer{}{}", newest.text(), fit.verdict,
                              fit.reasons.empty() ? "" : ": ",
                              fit.reasons.empty() ? "" : fit.reasons.front());
    if (fit.verdict == "familiar") check.finding = Finding::fine;
    if (fit.verdict == "drifting" || fit.verdict == "foreign") {
      check.finding = Finding::wanting;
      check.to_do = "look at the day's metadata.json, and train on days like it";
    }
  } catch (const Error& e) {
    check.finding = Finding::wanting;
    check.means = e.what();
    check.to_do = "remove that folder: it is made again";
  }
  report.add(std::move(check));
}

void examine_training(const Configuration& configuration, DoctorReport& report) {
  if (configuration.training.every_days == 0) return;
  DoctorCheck check{"training", Finding::fine,
                    (configuration.output_root / service::kTrainingStateFile).string(), "", ""};
  const service::TrainingState state = service::read_training_state(configuration.output_root);
  if (state.failures > 1) {
    check.finding = Finding::wanting;
    check.means = fmt::format("it failed {} times; the champion stays", state.failures);
    check.to_do = "mend what `the training failed` in the log names";
  } else if (state.outcome == service::kWaiting) {
    check.finding = Finding::wanting;
    check.means = fmt::format("challenger {} is better and waits", state.challenger);
    check.to_do = state.command;
  } else if (state.challenger.empty()) {
    check.means = "no challenger was trained yet";
  } else {
    check.means = fmt::format("challenger {}: {}", state.challenger, state.outcome);
  }
  report.add(std::move(check));
}

}  // namespace

void examine_models(const Configuration& configuration, DoctorReport& report) {
  examine_model_files(configuration, report);
  examine_newest_batch(configuration, report);
  examine_training(configuration, report);
}

void examine_server(const Configuration& configuration, DoctorReport& report) {
  if (!configuration.serves) return;
  DoctorCheck check{"server", Finding::unknown, "/readyz of the server of this configuration", "",
                    ""};
  const auto written = service::port_in_file(configuration);
  const std::string url = service::server_url(configuration, written.value_or(0));
  try {
    if (service::option(configuration.serve, "tls-cert")) {
      check.means = "it speaks TLS under a name that is not known here";
    } else {
      HttpClient client;
      HttpRequest request(kMostAnswerBytes, kPatience);
      request.url = url + "/readyz";
      const HttpResponse response = client.send(request);
      check.tried = request.url;
      check.finding = response.status == 200 ? Finding::fine : Finding::wanting;
      check.means = response.status == 200 ? "it serves a young day"
                                           : detail_of(response.body).value_or("it is not ready");
      if (check.finding != Finding::fine)
        check.to_do = "see what became of the newest days in the log";
    }
  } catch (const Error& e) {
    check.means = "nobody answers there: " + std::string(e.what());
    check.to_do = "start `aml-miner run`, or ask again while it runs";
  }
  report.add(std::move(check));
}

}  // namespace aml::commands
