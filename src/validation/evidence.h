#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace aml::validation {

// Addresses whose errors are added up together, over all days: an address always falls into the
// same cluster, so noise that is keyed to addresses stays within clusters. By address_codes().
inline constexpr std::size_t kClusters = 512;
std::size_t cluster_of(std::uint64_t address_code);

// What a day's truth says of the own information r of its answers, beside q with chances p: all
// that later days need of it. Days add up.
struct DayEvidence {
  std::vector<std::string> identities;  // a hotkey since its registration; one who answered
  std::vector<double> gain;             // u = Σ r (y − p): the slope of the log-likelihood at q
  std::vector<double> spread;           // H = Σ p (1 − p) r r': its curvature; row after row
  std::vector<double> clusters;         // the sum u by identity, then cluster

  std::size_t size() const { return identities.size(); }
};

// `own` are r by answer; labels are 1, 0, or -1 where unknown, which count nowhere. The same for
// any number of threads. REQUIRES: everything else by alert number.
DayEvidence evidence_of(std::span<const std::string> identities,
                        std::span<const std::span<const double>> own,
                        std::span<const double> log_odds, std::span<const int> labels,
                        std::span<const std::uint64_t> codes, int threads);

// How far a miner is believed, from truths before the day that is asked about.
struct Trust {
  std::string identity;
  std::int64_t truths = 0;  // days with its own information and a truth
  double gain = 0;          // Σ u over them
  double error = 0;         // its standard error, clustered by address over all days
  double sigmas = 0;        // gain / error
  double trust = 0;         // in [0, 1): 1 − (needed / sigmas)², 0 up to needed_sigmas()
  double blend = 0;  // b: log-odds for each standard deviation of r, with its relatives beside
  double alone = 0;  // the same if it were the only one
};

// Standard errors that a gain must exceed among so many hotkeys: √(9 + 2 ln N). Three for one, and
// of N that know nothing the highest is expected at √(2 ln N).
double needed_sigmas(std::size_t hotkeys);

// b of each identity: b >= 0 that maximizes the log-likelihood of all earlier truths (its second
// order expansion at q, a ridge on b), over those that are trusted; times trust. Exactly 0 for
// whoever is not trusted. Equal answers get equal parts.
std::vector<Trust> trusted(std::span<const std::string> identities,
                           std::span<const DayEvidence* const> earlier, std::size_t hotkeys);

}  // namespace aml::validation
