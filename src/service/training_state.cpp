#include "service/training_state.h"

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/file_system.h"
#include "base/files.h"
#include "base/log.h"

namespace aml::service {

namespace fs = std::filesystem;

TrainingState read_training_state(const fs::path& output_root) {
  const fs::path file = output_root / kTrainingStateFile;
  try {
    if (!file_size_if_exists(file)) return {};
    const auto json = nlohmann::json::parse(read_file(file, kMostTrainingStateBytes));
    TrainingState state;
    state.fingerprint = json.at("fingerprint").get<std::string>();
    state.trained_at = json.at("trained_at").get<std::int64_t>();
    state.failures = json.at("failures").get<int>();
    state.tried_at = json.at("tried_at").get<std::int64_t>();
    state.is_lasting = json.at("is_lasting").get<bool>();
    state.is_running = json.at("is_running").get<bool>();
    state.challenger = json.at("challenger").get<std::string>();
    state.outcome = json.at("outcome").get<std::string>();
    state.judged = json.at("judged").get<std::vector<std::string>>();
    state.command = json.at("command").get<std::string>();
    return state;
  } catch (const Error& e) {
    log::warning(e.what());
  } catch (const nlohmann::json::exception& e) {
    log::warning("what is known of earlier trainings cannot be read, and is begun anew",
                 {{"file", file.string()}, {"reason", e.what()}});
  }
  return {};
}

void write_training_state(const fs::path& output_root, const TrainingState& state) {
  const fs::path file = output_root / kTrainingStateFile;
  const nlohmann::ordered_json json{
      {"fingerprint", state.fingerprint}, {"trained_at", state.trained_at},
      {"failures", state.failures},       {"tried_at", state.tried_at},
      {"is_lasting", state.is_lasting},   {"is_running", state.is_running},
      {"challenger", state.challenger},   {"outcome", state.outcome},
      {"judged", state.judged},           {"command", state.command}};
  make_folders(file.parent_path());
  write_file_atomically(file,
                        json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
}

}  // namespace aml::service
