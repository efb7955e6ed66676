#pragma once

#include <cstdint>
#include <filesystem>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/descriptor.h"
#include "base/hash.h"
#include "sot/object_store.h"

namespace aml::sot {

// A file that arrives in pieces, in any order, from several threads, perhaps over several runs of
// the program. Which pieces are complete stands in a journal beside it, `{name}.pieces`: a line
// that names the object (size, ETag, piece size), then a line per piece. The digest follows the
// pieces as they arrive, so that nothing is left to do after the last one.
class PartialFile {
 public:
  static constexpr std::uint64_t kPieceSize = 8ULL << 20;

  // Goes on with what an earlier run left, where that was the same object; otherwise begins anew.
  // Throws Error{no_space, denied, …} where the disk refuses.
  PartialFile(const std::filesystem::path& path, const ObjectInfo& object, HashKind hash);
  PartialFile(const PartialFile&) = delete;
  PartialFile& operator=(const PartialFile&) = delete;

  struct Piece {
    std::uint64_t offset;
    std::uint64_t length;
  };
  Piece piece(std::size_t index) const;
  // Indexes of the pieces that are not complete.
  std::vector<std::size_t> missing() const;
  bool resumed() const { return resumed_; }

  void write(std::uint64_t offset, std::string_view bytes);
  // All bytes of the piece are written.
  void complete(std::size_t index);

  // The digest of the whole file. REQUIRES: no piece is missing; called once.
  std::string digest();
  // Forgets the journal: the file is whole.
  void remove_journal();

 private:
  bool open_journal(const std::string& header);
  void follow();

  std::filesystem::path path_;
  std::filesystem::path journal_path_;
  std::uint64_t size_;
  Descriptor file_;
  Descriptor journal_;
  bool resumed_ = false;
  std::mutex writing_;        // the kernel's own lock on the file makes those who wait for it spin
  mutable std::mutex mutex_;  // guards complete_
  std::vector<bool> complete_;
  std::mutex hashing_;  // guards hasher_ and hashed_
  Hasher hasher_;
  std::size_t hashed_ = 0;  // pieces
};

}  // namespace aml::sot
