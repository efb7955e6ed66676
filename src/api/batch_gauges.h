#pragma once

#include <filesystem>
#include <string>

#include "api/archive.h"
#include "http/metrics.h"

namespace aml::api {

// Below the output root: the newest day that the SOT offers, as `run` saw it last ("2025-10-26").
inline constexpr const char* kSotLatestFile = ".service/sot-latest";

// Adds what who watches a service asks for: the newest batch (its day, when it was processed and
// how long that took, rows, warnings, fit), the SOT's newest day, and room on the disk. Each is 0
// where it is not known. `network`: of several, as their label. `archive` must live as long as
// `metrics`.
void add_batch_gauges(http::Metrics& metrics, const Archive& archive,
                      const std::filesystem::path& output_root, const std::string& network);

}  // namespace aml::api
