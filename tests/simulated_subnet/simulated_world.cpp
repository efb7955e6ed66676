#include "simulated_world.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "base/hash.h"

namespace aml::simulated {

namespace {

constexpr std::chrono::seconds kBlock{12};

// 2025-01-01T00:00:00Z.
const std::chrono::sys_seconds kBegin{std::chrono::sys_days(std::chrono::year(2025) / 1 / 1)};

class Incoming : public validator::IncomingBody {
 public:
  Incoming(World& world, SimulatedArchive& archive) : world_(world), archive_(archive) {}
  void write(std::string_view bytes) override {
    if (world_.fails()) throw Error(ErrorKind::no_space, "the archive is full");
    body_ += bytes;
  }
  void close() override {}
  std::string keep() override {
    world_.moment();
    const std::string sha256 = hash_text(HashKind::sha256, body_);
    const bool fails = world_.fails();
    if (!fails || world_.random.chance(500)) archive_.put(sha256, body_);
    if (fails) throw Error(ErrorKind::unavailable, "the archive cannot be synced");
    world_.moment();
    return sha256;
  }

 private:
  World& world_;
  SimulatedArchive& archive_;
  std::string body_;
};

}  // namespace

World::World(std::uint64_t seed, int permille)
    : random(seed), faults_permille(permille), cuts_permille(2), disk(random, permille / 4) {}

void World::moment() {
  if (random.chance(cuts_permille)) disk.cut_power();
  if (!disk.has_power()) throw PowerCut();
}

void World::pass(std::chrono::seconds passed) {
  if (chain != nullptr) {
    chain->make_blocks(static_cast<std::uint64_t>((time + passed) / kBlock - time / kBlock));
  }
  time += passed;
}

void World::set_faults(int permille) {
  faults_permille = permille;
  disk.set_faults(permille / 4);
  if (chain != nullptr) chain->set_faults(5 * permille);
}

void World::note(std::string_view what, std::uint64_t number) {
  const auto add = [&](unsigned char byte) { trace = (trace ^ byte) * 1099511628211U; };
  for (const char c : what) add(static_cast<unsigned char>(c));
  for (int shift = 0; shift < 64; shift += 8) add(static_cast<unsigned char>(number >> shift));
}

std::chrono::steady_clock::time_point SimulatedClock::now() {
  return std::chrono::steady_clock::time_point(world_.time);
}

std::chrono::system_clock::time_point SimulatedClock::utc() {
  return kBegin + world_.time + world_.wall_jump;
}

void SimulatedClock::wait(std::chrono::seconds time) {
  world_.moment();
  world_.pass(time);
  world_.moment();
}

std::unique_ptr<validator::IncomingBody> SimulatedArchive::receive() {
  world_.moment();
  return std::make_unique<Incoming>(world_, *this);
}

void SimulatedArchive::remove(const std::string& sha256) {
  world_.moment();
  bodies_.erase(sha256);
}

void SimulatedArchive::remove_others(const std::set<std::string>& named,
                                     std::chrono::system_clock::time_point before) {
  world_.moment();
  std::erase_if(bodies_, [&](const auto& kept) {
    return !named.contains(kept.first) && kept.second.at < before;
  });
}

void SimulatedArchive::put(const std::string& sha256, std::string body) {
  bodies_.insert_or_assign(sha256, Kept{std::move(body), SimulatedClock(world_).utc()});
}

std::vector<std::string> SimulatedArchive::bodies() const {
  std::vector<std::string> names;
  for (const auto& [sha256, kept] : bodies_) names.push_back(sha256);
  return names;
}

void SimulatedArchive::read(const std::string& sha256, std::span<char> room) const {
  const auto found = bodies_.find(sha256);
  if (found == bodies_.end()) throw Broken("a body that the ledger names was never kept");
  const std::string& body = found->second.body;
  if (body.size() != room.size()) throw Broken("a body is read by another size");
  std::copy(body.begin(), body.end(), room.begin());
}

void SimulatedArchive::keep_ensemble(const std::string& date, const std::string& text) {
  world_.moment();
  if (world_.fails()) throw Error(ErrorKind::no_space, "the archive is full");
  if (!ensembles_.emplace(date, text).second) throw Broken("an ensemble is written twice");
  world_.moment();
}

}  // namespace aml::simulated
