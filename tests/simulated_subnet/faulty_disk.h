#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "random.h"

namespace aml::simulated {

// A disk in memory that SQLite uses as its own while this lives: one process, one thread. It
// refuses to write and to sync at random, and when the power fails it keeps of what was written
// since the last sync any part: all, none, or some sectors of it.
class FaultyDisk {
 public:
  // Reads that a process does are never wrong; of its writes and syncs so many in a thousand fail.
  FaultyDisk(Random& random, int faults_permille);
  ~FaultyDisk();
  FaultyDisk(const FaultyDisk&) = delete;
  FaultyDisk& operator=(const FaultyDisk&) = delete;

  void set_faults(int permille) { faults_permille_ = permille; }
  // From now on nothing is written any more, until the power is back.
  void cut_power() { has_power_ = false; }
  // REQUIRES: nobody has a file open. What was not synced is kept or lost.
  void restore_power();
  // Another process begins: what was written is there, synced or not.
  void restart();
  std::uint64_t writes() const { return writes_; }

  struct File {
    struct Write {
      std::size_t offset = 0;
      std::string bytes;
      bool is_truncation = false;  // to `offset`
    };
    std::string content;  // as the process sees it
    std::string durable;  // as it was synced last
    std::vector<Write> pending;
    std::vector<std::unique_ptr<std::vector<char>>> shared;  // SQLite's index of the log
  };
  // For the functions that SQLite calls.
  File& file(const std::string& name) { return files_[name]; }
  bool has(const std::string& name) const { return files_.contains(name); }
  void remove(const std::string& name) { files_.erase(name); }
  bool has_power() const { return has_power_; }
  bool fails() { return !has_power_ || random_.chance(faults_permille_); }
  bool is_full() { return random_.chance(500); }
  void count_write() { ++writes_; }
  Random& random() { return random_; }

 private:
  Random& random_;
  int faults_permille_;
  bool has_power_ = true;
  std::uint64_t writes_ = 0;
  std::map<std::string, File> files_;
  sqlite3_vfs vfs_{};
  sqlite3_vfs* before_ = nullptr;
};

}  // namespace aml::simulated
