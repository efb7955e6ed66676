#include "flows/facts.h"

#include <fmt/format.h>

#include "flows/exposure.h"
#include "flows/known.h"
#include "flows/neighbors.h"

namespace aml::flows {

namespace {

constexpr const char* kKindNames[] = {"mixer", "exchange", "bridge", "contract",
                                      "new",   "dormant",  "service"};
constexpr const char* kKindMeanings[] = {"mixers",
                                         "exchanges",
                                         "bridges",
                                         "contracts",
                                         "new addresses",
                                         "addresses that were dormant",
                                         "services (Settings::most_transfers)"};
static_assert(std::size(kKindNames) == kKinds && std::size(kKindMeanings) == kKinds);

void nothing(Columns&) {}

}  // namespace

Definition FactSets::define(const std::string& name, Unit unit, const char* range,
                            const std::string& meaning) {
  texts_.push_back(name);
  const std::string& own_name = texts_.back();
  texts_.push_back(meaning);
  return {own_name, unit, Merge::global, range, texts_.back()};
}

FactSets::FactSets(const Facts& facts) {
  for (const Quantity& quantity : facts.quantities) {
    const auto add = [&](const char* suffix, const std::string& meaning) {
      neighbors_.push_back(define(fmt::format("neighbor_{}_{}", quantity.name, suffix), Unit::share,
                                  "0 to 1", fmt::format(fmt::runtime(meaning), quantity.meaning)));
    };
    add("mean", "mean percentile of its counterparties: {}");
    add("weighted_mean", "the same weighted by USD between the two: {}");
    add("largest", "largest percentile of its counterparties: {}");
    add("second_mean", "mean of its counterparties' means over their own counterparties: {}");
  }
  alerts_.push_back(
      define("alerted_payers", Unit::count, "≥ 0", "addresses that paid it and have an alert"));
  alerts_.push_back(
      define("alerted_payees", Unit::count, "≥ 0", "addresses that it paid and have an alert"));
  alerts_.push_back(define("alerted_counterparties_share", Unit::share, "0 to 1",
                           "share of its counterparties that have an alert"));
  alerts_.push_back(
      define("counterparty_alerts", Unit::count, "≥ 0", "alerts about its counterparties"));
  community_.push_back(
      define("community_addresses", Unit::count, "≥ 1", "addresses of its community"));
  community_.push_back(define("community_alerted", Unit::count, "≥ 0",
                              "other addresses of its community that have an alert"));
  for (const Quantity& quantity : facts.quantities) {
    community_.push_back(define(fmt::format("community_{}_mean", quantity.name), Unit::share,
                                "0 to 1",
                                fmt::format("mean percentile of the other addresses of its "
                                            "community: {}",
                                            quantity.meaning)));
  }
  for (const bool paid : {false, true}) {
    const char* const verb = paid ? "paid to" : "received from";
    const char* const side = paid ? "out" : "in";
    for (std::size_t kind = 0; kind < kKinds; ++kind) {
      const auto add = [&](const char* suffix, const std::string& meaning) {
        exposure_.push_back(define(fmt::format("{}_{}_{}", side, kKindNames[kind], suffix),
                                   Unit::share, "0 to 1", meaning));
      };
      add("usd_share", fmt::format("share of USD {} {}", verb, kKindMeanings[kind]));
      add("transfer_share", fmt::format("share of transfers {} {}", verb, kKindMeanings[kind]));
      add("indirect_share",
          fmt::format("share of USD {} {} by way of one other address of no known kind", verb,
                      kKindMeanings[kind]));
    }
  }
  for (const bool paid : {false, true}) {
    for (std::size_t hop = 1; hop <= kTaintHops; ++hop) {
      exposure_.push_back(
          define(fmt::format("{}_taint_{}", paid ? "out" : "in", hop), Unit::share, "0 to 1",
                 fmt::format("share of USD {} mixers over up to {} transfers (haircut)",
                             paid ? "that go to" : "that come from", hop)));
    }
  }
  exposure_.push_back(define("mixer_rank", Unit::ratio, "≥ 0; mean at most 1",
                             "PageRank from mixers along the money, by its mean over all"));
  exposure_.push_back(define("mixer_rank_backwards", Unit::ratio, "≥ 0; mean at most 1",
                             "PageRank from mixers against the money, by its mean over all"));
  define_known();
  sets_ = {{"exposure", "shares from and to kinds of addresses, taint and PageRank by mixers",
            exposure_, prepare_exposure, nothing},
           {"neighbors", "what the counterparties are", neighbors_, prepare_neighbors, nothing},
           {"alerts", "alerts about the counterparties", alerts_, prepare_neighbor_alerts, nothing},
           {"community", "what the other addresses of the community are", community_,
            prepare_community, nothing},
           {"known", "shares from and to known addresses, and how far they are", known_,
            prepare_known, nothing}};
}

void FactSets::define_known() {
  for (const bool paid : {false, true}) {
    for (std::size_t group = 0; group < kKnownGroups; ++group) {
      std::string_view name = group == kKnownCategories ? "bad" : "good";
      if (group < kKnownCategories) name = kKnownNames[group];
      const std::string prefix = fmt::format("{}_known_{}", paid ? "out" : "in", name);
      known_.push_back(define(prefix + "_usd_share", Unit::share, "0 to 1",
                              fmt::format("share of USD {} addresses known as {}",
                                          paid ? "paid to" : "received from", name)));
      known_.push_back(define(prefix + "_hops", Unit::count, "0 to 3",
                              fmt::format("fewest transfers over which money {} one known as {}; "
                                          "missing beyond three",
                                          paid ? "went to" : "came from", name)));
    }
  }
}

}  // namespace aml::flows
