#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <string_view>

#include "validator/body_store.h"

namespace aml::validator {

// What a validator keeps beside the ledger: the bodies of answers and the ensembles. What keep()
// and keep_ensemble() returned from stays, also when the power fails then.
class Archive {
 public:
  Archive() = default;
  virtual ~Archive() = default;
  Archive(const Archive&) = delete;
  Archive& operator=(const Archive&) = delete;

  // A body as it arrives.
  virtual std::unique_ptr<IncomingBody> receive() = 0;
  // As BodyStore::read().
  virtual void read(const std::string& sha256, std::span<char> room) const = 0;
  // Removes a body; nothing where it is not there, or cannot be removed.
  virtual void remove(const std::string& sha256) = 0;
  // As BodyStore::remove_others().
  virtual void remove_others(const std::set<std::string>& named,
                             std::chrono::system_clock::time_point before) = 0;
  virtual bool has_ensemble(const std::string& date) const = 0;
  virtual void keep_ensemble(const std::string& date, const std::string& text) = 0;
};

// In folders below a validator's data folder: submissions/ and ensembles/.
class FolderArchive : public Archive {
 public:
  // Makes the folders, and removes what killed processes left in them aside.
  explicit FolderArchive(std::filesystem::path data_dir);

  std::unique_ptr<IncomingBody> receive() override { return bodies_.receive(); }
  void read(const std::string& sha256, std::span<char> room) const override {
    bodies_.read(sha256, room);
  }
  void remove(const std::string& sha256) override { bodies_.remove(sha256); }
  void remove_others(const std::set<std::string>& named,
                     std::chrono::system_clock::time_point before) override {
    bodies_.remove_others(named, before);
  }
  bool has_ensemble(const std::string& date) const override;
  void keep_ensemble(const std::string& date, const std::string& text) override;

 private:
  std::filesystem::path data_dir_;
  BodyStore bodies_;
};

}  // namespace aml::validator
