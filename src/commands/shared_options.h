#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "known/known.h"

namespace CLI {
class App;
}

// Options that several subcommands take under one name, with one environment variable.
namespace aml::commands {

// What an option's "MB" stands for.
inline constexpr std::size_t kBytesPerMb = 1'048'576;
// Of --cache-mb: http::Budget takes no less.
inline constexpr int kLeastCacheMb = 16;
inline constexpr int kMostCacheMb = 1024 * 1024;

// What an option's "SECONDS" stands for.
std::chrono::milliseconds in_ms(double seconds);

// --threads: 0 stands for one per processor.
void declare_threads(CLI::App& app, int& threads, const std::string& what = "Threads to use");
// --memory-limit in DuckDB's notation; beyond it, work spills to disk.
void declare_memory_limit(CLI::App& app, std::string& limit, const std::string& what);
// --max-rows, of each file of a snapshot.
void declare_max_rows(CLI::App& app, std::int64_t& max_rows);
// --input-dir of one day, required.
void declare_input_dir(CLI::App& app, std::string& dir);
// Days whose truth is known: --input-dir and --ground-truth, both required, one of each for a day.
// `what` says what a folder is, `envname` names the variable of --input-dir.
struct LabelledDays {
  std::vector<std::string> input_dirs;
  std::vector<std::string> ground_truths;

  // Throws Error{usage} where there are not as many of the one as of the other.
  void check() const;
};
void declare_labelled_days(CLI::App& app, LabelledDays& days, const std::string& what,
                           const char* envname);
// --resamples, so many at least, and --seed of a bootstrap. `what` ends the sentence "Bootstrap
// resamples behind".
void declare_resamples(CLI::App& app, int& resamples, std::uint64_t& seed, int least,
                       const std::string& what);
// --models-dir, from which models are read; find_models_dir() knows what an empty one means.
void declare_models_dir(CLI::App& app, std::string& dir, const std::string& what);
// --force; `what` is what a folder holds, "batch".
void declare_force(CLI::App& app, bool& force, const std::string& what);
// --without; groups of features that are left out.
void declare_without(CLI::App& app, std::vector<std::string>& groups);
// --labels alone.
void declare_labels(CLI::App& app, std::vector<std::filesystem::path>& files);
// --labels and --history: who is known, and what became of earlier days.
void declare_known_files(CLI::App& app, known::KnownFiles& files);
// --features-dir; empty for the built-in features.
void declare_features_dir(CLI::App& app, std::string& dir);

}  // namespace aml::commands
