#pragma once

#include <span>

#include "simulation/scene.h"

namespace aml::simulation {

// A way to launder money, and what innocent people do that looks like it. To add one: a function
// for each in a file of this folder, declared below, and a row in typologies.cpp.
struct Typology {
  const char* name;
  const char* look_alike;
  double share;             // of the launderers' schemes, relative to the other rows
  double look_alike_share;  // of the look-alikes, likewise
  double typical_usd;       // median of the money that passes through
  void (*launder)(Scene& scene);
  void (*live)(Scene& scene);  // the look-alike
};

std::span<const Typology> typologies();

// fans.cpp
void launder_by_fan_in(Scene& scene);
void run_shop(Scene& scene);
void launder_by_fan_out(Scene& scene);
void pay_wages(Scene& scene);
void launder_by_scatter_gather(Scene& scene);
void run_branches(Scene& scene);
// chains.cpp
void launder_by_layering(Scene& scene);
void move_treasury(Scene& scene);
void launder_by_peeling(Scene& scene);
void spend_with_change(Scene& scene);
// cycles.cpp
void launder_by_cycle(Scene& scene);
void make_market(Scene& scene);
// deposits.cpp
void launder_by_structuring(Scene& scene);
void split_salary(Scene& scene);
void launder_by_smurfing(Scene& scene);
void run_savings_club(Scene& scene);
// mixing.cpp
void launder_by_mixer(Scene& scene);
void seek_privacy(Scene& scene);

}  // namespace aml::simulation
