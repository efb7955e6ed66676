#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/date.h"
#include "commands/doctor_report.h"
#include "service/configuration.h"

// What `doctor` looks at. Each function adds its lines to the report, and throws nothing: what
// cannot be looked at is a line too.
namespace aml::commands {

// The newest day that the SOT offers.
struct OfferedDay {
  Date date;
  std::uint64_t bytes = 0;  // of its files; 0: its META.json does not say
};

// Credentials, whether the SOT answers, how fresh it is, and this machine's clock against its
// answer's.
std::optional<OfferedDay> examine_sot(const service::Configuration& configuration,
                                      DoctorReport& report);

// Room on the disk and memory for such a day as the newest.
void examine_machine(const service::Configuration& configuration,
                     const std::optional<OfferedDay>& newest, DoctorReport& report);

// Whether the models can be loaded, are those that the feature SQL belongs to, and know days like
// the newest batch's.
void examine_models(const service::Configuration& configuration, DoctorReport& report);

// The server, where it is said to run.
void examine_server(const service::Configuration& configuration, DoctorReport& report);

// Chain, hotkey, its row, its port, and its commitments.
void examine_miner(const service::Configuration& configuration, DoctorReport& report);

// Whether the releases at `url` name a newer version than this.
void examine_releases(const std::string& url, DoctorReport& report);

}  // namespace aml::commands
