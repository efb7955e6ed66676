#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "faulty_disk.h"
#include "random.h"
#include "simulated_chain.h"
#include "validator/archive.h"
#include "validator/outside.h"

namespace aml::simulated {

// The power failed, or the process was killed: nothing of the validator's may catch it.
struct PowerCut {};

// What a promise was broken by.
struct Broken : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// What all parts of the world outside share: the seed's numbers, the time, the power, and the trace
// of what happened. One thread; whatever the validator asks of the outside is a moment at which the
// power may fail.
class World {
 public:
  World(std::uint64_t seed, int faults_permille);

  // A moment passes. Throws PowerCut.
  void moment();
  // Whether something fails that may fail at this moment.
  bool fails() { return random.chance(faults_permille); }
  void pass(std::chrono::seconds time);
  // The wall clock is set to another time.
  void set_wall_clock(std::chrono::seconds by) { wall_jump += by; }
  void set_faults(int permille);
  void note(std::string_view what, std::uint64_t number = 0);

  Random random;
  int faults_permille;
  int cuts_permille;
  FaultyDisk disk;
  std::chrono::seconds time{0};
  std::chrono::seconds wall_jump{0};
  SimulatedChain* chain = nullptr;  // whose blocks go with the time
  std::uint64_t trace = 1469598103934665603U;
};

class SimulatedClock : public validator::Clock {
 public:
  explicit SimulatedClock(World& world) : world_(world) {}
  std::chrono::steady_clock::time_point now() override;
  std::chrono::system_clock::time_point utc() override;
  void wait(std::chrono::seconds time) override;

 private:
  World& world_;
};

// Bodies and ensembles, in memory. What is being written when the power fails is lost; a failed
// keep() may have kept it all the same.
class SimulatedArchive : public validator::Archive {
 public:
  explicit SimulatedArchive(World& world) : world_(world) {}
  std::unique_ptr<validator::IncomingBody> receive() override;
  void read(const std::string& sha256, std::span<char> room) const override;
  void remove(const std::string& sha256) override;
  void remove_others(const std::set<std::string>& named,
                     std::chrono::system_clock::time_point before) override;
  bool has_ensemble(const std::string& date) const override { return ensembles_.contains(date); }
  void keep_ensemble(const std::string& date, const std::string& text) override;

  bool has(const std::string& sha256) const { return bodies_.contains(sha256); }
  std::vector<std::string> bodies() const;
  const std::string& ensemble(const std::string& date) const { return ensembles_.at(date); }
  void put(const std::string& sha256, std::string body);

 private:
  struct Kept {
    std::string body;
    std::chrono::system_clock::time_point at;  // the wall's
  };
  World& world_;
  std::map<std::string, Kept> bodies_;
  std::map<std::string, std::string> ensembles_;
};

}  // namespace aml::simulated
