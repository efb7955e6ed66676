#include "validation/evidence.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

#include "base/threads.h"
#include "metrics/odds.h"
#include "validation/gram.h"
#include "validation/least_squares.h"

namespace aml::validation {

namespace {

// Curvature that says that b is 0: as much as some twenty alerts of even chances.
constexpr double kRidge = 5;

// Where each of `identities` stands in a day; nothing where it did not answer.
std::vector<std::optional<std::size_t>> places_in(const DayEvidence& day,
                                                  std::span<const std::string> identities) {
  std::map<std::string_view, std::size_t> place;
  for (std::size_t i = 0; i < day.size(); ++i) place[day.identities[i]] = i;
  std::vector<std::optional<std::size_t>> places;
  for (const std::string& identity : identities) {
    const auto found = place.find(identity);
    places.push_back(found == place.end() ? std::nullopt : std::optional(found->second));
  }
  return places;
}

// The sums of `earlier` for some identities.
struct Pooled {
  std::vector<double> gain;
  std::vector<double> spread;
  std::vector<double> clusters;
  std::vector<std::int64_t> truths;
};

Pooled pool(std::span<const std::string> identities, std::span<const DayEvidence* const> earlier) {
  const std::size_t size = identities.size();
  Pooled pooled{std::vector<double>(size), std::vector<double>(size * size),
                std::vector<double>(size * kClusters), std::vector<std::int64_t>(size)};
  for (const DayEvidence* day : earlier) {
    const auto places = places_in(*day, identities);
    for (std::size_t i = 0; i < size; ++i) {
      if (!places[i]) continue;
      const std::size_t at = *places[i];
      pooled.gain[i] += day->gain[at];
      pooled.truths[i] += day->spread[at * day->size() + at] > 0 ? 1 : 0;
      for (std::size_t c = 0; c < kClusters; ++c) {
        pooled.clusters[i * kClusters + c] += day->clusters[at * kClusters + c];
      }
      for (std::size_t j = 0; j < size; ++j) {
        if (places[j]) pooled.spread[i * size + j] += day->spread[at * day->size() + *places[j]];
      }
    }
  }
  return pooled;
}

// b of those that are trusted, by all of their evidence together.
void blend(const Pooled& pooled, std::vector<Trust>& all) {
  std::vector<std::size_t> in;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (all[i].trust > 0) in.push_back(i);
  }
  std::vector<double> gain;
  std::vector<double> spread;
  for (const std::size_t i : in) {
    gain.push_back(pooled.gain[i]);
    for (const std::size_t j : in) {
      spread.push_back(pooled.spread[i * all.size() + j] + (i == j ? kRidge : 0));
    }
  }
  const std::vector<double> b = nonnegative_maximum(gain, spread);
  for (std::size_t k = 0; k < in.size(); ++k) all[in[k]].blend = all[in[k]].trust * b[k];
}

}  // namespace

std::size_t cluster_of(std::uint64_t address_code) {
  return static_cast<std::size_t>(address_code % kClusters);
}

DayEvidence evidence_of(std::span<const std::string> identities,
                        std::span<const std::span<const double>> own,
                        std::span<const double> log_odds, std::span<const int> labels,
                        std::span<const std::uint64_t> codes, int threads) {
  DayEvidence day;
  day.identities.assign(identities.begin(), identities.end());
  const std::size_t size = identities.size();
  day.gain.resize(size);
  day.clusters.resize(size * kClusters);
  std::vector<std::vector<float>> weighted(size);
  parallel_blocks(size, 1, threads, [&](std::size_t i, std::size_t) {
    for (std::size_t alert = 0; alert < labels.size(); ++alert) {
      if (labels[alert] < 0) continue;
      const double p = metrics::chance(log_odds[alert]);
      const double slope = own[i][alert] * (labels[alert] - p);
      day.gain[i] += slope;
      day.clusters[i * kClusters + cluster_of(codes[alert])] += slope;
      weighted[i].push_back(static_cast<float>(own[i][alert] * std::sqrt(p * (1 - p))));
    }
  });
  const std::vector<std::span<const float>> rows(weighted.begin(), weighted.end());
  day.spread = gram_matrix(rows, threads);
  return day;
}

double needed_sigmas(std::size_t hotkeys) {
  constexpr double kLeast = 9;  // 3²
  return std::sqrt(kLeast + 2 * std::log(static_cast<double>(std::max<std::size_t>(1, hotkeys))));
}

std::vector<Trust> trusted(std::span<const std::string> identities,
                           std::span<const DayEvidence* const> earlier, std::size_t hotkeys) {
  const Pooled pooled = pool(identities, earlier);
  const double needed = needed_sigmas(hotkeys);
  std::vector<Trust> all;
  for (std::size_t i = 0; i < identities.size(); ++i) {
    Trust one;
    one.identity = identities[i];
    one.truths = pooled.truths[i];
    one.gain = pooled.gain[i];
    const double spread = pooled.spread[i * identities.size() + i];
    double squares = 0;
    for (std::size_t c = 0; c < kClusters; ++c) {
      const double sum = pooled.clusters[i * kClusters + c];
      squares += sum * sum;
    }
    // Never less than what chances p alone bring about: an answer whose own information lies where
    // next to nothing is filed would show errors of next to nothing until something is.
    one.error = std::sqrt(std::max(squares, spread));
    one.sigmas = one.error > 0 ? one.gain / one.error : 0;
    if (one.sigmas > needed) {
      one.trust = 1 - needed * needed / (one.sigmas * one.sigmas);
      one.alone = one.trust * one.gain / (spread + kRidge);
    }
    all.push_back(std::move(one));
  }
  blend(pooled, all);
  return all;
}

}  // namespace aml::validation
