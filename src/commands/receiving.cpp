#include "commands/receiving.h"

#include <fmt/format.h>

#include <chrono>

#include "base/error.h"

namespace aml::commands {

namespace {

// A request waits for it.
constexpr std::chrono::seconds kChainPatience{10};

bittensor::ChainOptions patient_chain(bittensor::ChainOptions options) {
  options.timeout = kChainPatience;
  return options;
}

}  // namespace

Receiving::Receiving(const std::filesystem::path& folder, const ChainSettings& settings,
                     const std::string& hotkey, bittensor::ChainClient& inner,
                     validator::Clock& clock)
    : received(folder),
      chain(inner, received, clock),
      desk(hotkey, settings.netuid, bittensor::open_chain(patient_chain(settings.chain)), received,
           clock) {}

void require_same_clock(validator::Ledger& ledger, bool receives_commitments) {
  constexpr const char* kClock = "commitments_by";
  const std::string clock = receives_commitments ? "validator" : "chain";
  std::string known = ledger.kept(kClock);
  if (known.empty() && !ledger.kept("genesis_hash").empty()) known = "chain";  // of old
  if (known.empty()) ledger.keep(kClock, clock);
  if (known.empty() || known == clock) return;
  throw Error(ErrorKind::usage,
              fmt::format("this --data-dir took its deadlines by the clock of the {} until now: "
                          "leave --receive-commitments as it was, or name a new --data-dir",
                          known));
}

}  // namespace aml::commands
