#include "simulation/typologies/typology.h"

namespace aml::simulation {

namespace {

constexpr Typology kTypologies[] = {
    {"fan_in", "shop", 1.2, 1.0, 30'000, launder_by_fan_in, run_shop},
    {"fan_out", "payroll", 1.2, 1.0, 40'000, launder_by_fan_out, pay_wages},
    {"scatter_gather", "branches", 1.0, 0.8, 50'000, launder_by_scatter_gather, run_branches},
    {"cycle", "market_maker", 0.9, 1.0, 40'000, launder_by_cycle, make_market},
    {"layering", "treasury", 1.0, 0.8, 60'000, launder_by_layering, move_treasury},
    {"peel_chain", "change_wallet", 1.2, 1.4, 25'000, launder_by_peeling, spend_with_change},
    {"structuring", "salary_split", 1.4, 1.6, 20'000, launder_by_structuring, split_salary},
    {"smurfing", "savings_club", 1.0, 1.0, 25'000, launder_by_smurfing, run_savings_club},
    {"mixer", "privacy", 1.1, 1.2, 20'000, launder_by_mixer, seek_privacy},
};

}  // namespace

std::span<const Typology> typologies() { return kTypologies; }

}  // namespace aml::simulation
