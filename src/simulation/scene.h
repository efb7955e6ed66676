#pragma once

#include <cstdint>
#include <vector>

#include "simulation/economy.h"
#include "simulation/flow.h"
#include "simulation/network.h"
#include "simulation/random.h"

namespace aml::simulation {

// How somebody goes about a scheme. Launderers and the innocent draw from distributions that
// overlap: no value belongs to one of them alone.
struct Style {
  double haste = 0;       // 0: days between receiving and passing on; 1: minutes
  double uniformity = 0;  // 0: amounts differ wildly; 1: nearly equal
  double fresh = 0;       // share of its staged addresses that are new on the chain
  double recruits = 0;    // share of its members who are ordinary people with a life of their own
  double cover = 0;       // everyday activity of its staged addresses, 1 is that of a person
  double total_usd = 0;   // money that passes through
  double entry = 1;       // share of it that comes out of an exchange; the rest is people's
  double exit = 1;        // share of it that leaves through an exchange; the rest goes to people
};

// Everyday life that a staged address leads besides its scheme.
struct Cover {
  AddressId id;
  double activity;
};

// One scheme or one look-alike in progress: who takes part, and what they pay each other.
class Scene {
 public:
  Scene(Economy& actors, const Network& chain, const Window& days, Random& luck,
        std::vector<Flow>& flows, std::vector<Cover>& covers)
      : economy(actors),
        network(chain),
        window(days),
        random(luck),
        flows_(flows),
        covers_(covers) {}

  Economy& economy;
  const Network& network;
  const Window& window;
  Random& random;
  Style style;
  bool laundering = false;
  int cast = 0;  // about how many addresses the scheme should have, at least 3

  // A new member: a staged address or a recruited person; in a launderer's scheme it is marked.
  AddressId member();
  std::vector<AddressId> members(int count);
  // A staged address for sure, as long as there are any.
  AddressId staged_member();
  // Somebody who has nothing to do with it.
  AddressId person() { return economy.any(Role::retail, random); }
  AddressId hot_wallet() { return economy.any(Role::exchange, random); }

  // A moment to begin at, so that `share` of the window is left for what follows.
  std::int64_t start(double share);
  // How long somebody of this style holds money before passing it on: about `patient_hours` without
  // haste, and a hundredth of that in full haste.
  std::int64_t hold(double patient_hours);
  // An amount around `usd`, as alike to its siblings as the style is uniform.
  double vary(double usd);

  // A transfer; one that the window does not see is dropped, for nobody else sees it either.
  void pay(AddressId source, AddressId dest, double usd, std::int64_t time_ms);
  // Into an exchange account, or to somebody, as the style has it: through a customer's deposit
  // address, swept on to the hot wallet.
  void cash_out(AddressId source, double usd, std::int64_t time_ms);
  // Out of an exchange account, or from somebody, as the style has it.
  void withdraw(AddressId dest, double usd, std::int64_t time_ms);

 private:
  std::vector<Flow>& flows_;
  std::vector<Cover>& covers_;
  int asset_ = -1;  // a scheme mostly keeps to one asset
};

// A flow's asset by the network's shares.
std::uint8_t draw_asset(const Network& network, Random& random);

// Micro-dollars of at least one cent; people round some amounts.
MicroUsd to_micros(double usd, const Habits& habits, Random& random);

}  // namespace aml::simulation
