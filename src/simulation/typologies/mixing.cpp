// Through a mixer: equal notes in, other coins out.
#include <algorithm>

#include "simulation/typologies/typology.h"

namespace aml::simulation {

namespace {

constexpr double kNotes[] = {100, 500, 1'000, 5'000};

// Pays `count` notes into the mixer and takes them out at addresses that `receiver` names.
template <typename Receiver>
void mix_notes(Scene& scene, AddressId payer, int count, double note, double hold_hours,
               const Receiver& receiver) {
  std::int64_t time = scene.start(0.7);
  scene.withdraw(payer, note * count * 1.03, time);
  const AddressId mixer = scene.economy.any(Role::mixer, scene.random);
  for (int i = 0; i < count; ++i) {
    time += scene.hold(6);
    scene.pay(payer, mixer, note, time);
    const AddressId out = receiver();
    const std::int64_t back = time + scene.hold(hold_hours);
    scene.pay(mixer, out, note * 0.985, back);
    if (scene.random.chance(0.7)) scene.cash_out(out, note * 0.97, back + scene.hold(24));
  }
}

}  // namespace

// Dirty coins go in, and come out at addresses that nobody has seen before.
void launder_by_mixer(Scene& scene) {
  const AddressId payer = scene.staged_member();
  const std::vector<AddressId> outs = scene.members(std::max(2, scene.cast - 1));
  const double note = kNotes[scene.random.between(1, 3)];
  const int count =
      std::clamp(static_cast<int>(scene.style.total_usd / note), static_cast<int>(outs.size()), 30);
  std::size_t next = 0;
  mix_notes(scene, payer, count, note, 20, [&] { return outs[next++ % outs.size()]; });
}

// Somebody who does not want the neighbours to know what he earns.
void seek_privacy(Scene& scene) {
  const int people = std::max(1, scene.cast / 4);
  for (int p = 0; p < people; ++p) {
    const AddressId payer = scene.random.chance(0.5) ? scene.person() : scene.member();
    const double note = kNotes[scene.random.between(0, 2)];
    const int count = scene.random.between(1, 8);
    const AddressId own = scene.member();
    mix_notes(scene, payer, count, note, 26,
              [&] { return scene.random.chance(0.6) ? own : scene.member(); });
  }
}

}  // namespace aml::simulation
