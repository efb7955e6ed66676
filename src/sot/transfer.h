#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "sot/download_plan.h"
#include "sot/download_record.h"
#include "sot/object_store.h"
#include "sot/partial_file.h"

namespace aml::sot {

// The files of one download on their way into the staging folder.
class Transfer {
 public:
  // Takes up what an earlier run left in `folder`. Files of the plan that `kept` names are passed
  // over. The store must outlive the object.
  Transfer(const std::filesystem::path& folder, const DownloadPlan& plan,
           const DownloadRecord& kept, ObjectStore& store);

  std::uint64_t bytes_to_fetch() const;

  // Fetches all pieces that are missing and checks every file; a file that turns out wrong although
  // an earlier run had fetched a part of it is fetched once more. Returns the number of bytes.
  // Throws Error{bad_input} for a wrong checksum, and what the store throws.
  std::uint64_t run(int connections);

  // Removes the journals and notes the files in the record. REQUIRES: run() has returned.
  void record_in(DownloadRecord& record) const;

 private:
  struct File {
    WantedFile wanted;
    std::unique_ptr<PartialFile> partial;
    std::string digest;
  };
  struct Work {
    std::size_t file;
    std::size_t piece;
  };

  ObjectStore& store_of(const File& file) const;
  void open(std::size_t index);
  std::uint64_t fetch(int connections);
  bool check(File& file) const;
  [[noreturn]] void refuse(File& file) const;

  std::filesystem::path folder_;
  ObjectStore& store_;
  std::vector<File> files_;
  std::vector<Work> work_;  // pieces to fetch
};

}  // namespace aml::sot
