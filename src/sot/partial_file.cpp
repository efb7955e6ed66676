#include "sot/partial_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <sstream>

#include "base/error.h"
#include "base/file_system.h"
#include "base/files.h"

namespace aml::sot {
namespace {

// What an earlier run left is ours, and no link to somebody else's file.
Descriptor open_file(const std::filesystem::path& path, int flags) {
  constexpr mode_t kMode = 0644;
  Descriptor file(::open(path.c_str(), flags | O_CREAT | O_NOFOLLOW | O_CLOEXEC, kMode));
  if (!file.is_open()) {
    throw system_error("cannot write " + path.string(), errno);
  }
  return file;
}

}  // namespace

PartialFile::PartialFile(const std::filesystem::path& path, const ObjectInfo& object, HashKind hash)
    : path_(path), journal_path_(path.string() + ".pieces"), size_(object.size), hasher_(hash) {
  complete_.resize(static_cast<std::size_t>((size_ + kPieceSize - 1) / kPieceSize));
  resumed_ = open_journal(fmt::format("{} {} {}", size_, kPieceSize, object.etag));
  file_ = open_file(path_, O_RDWR | (resumed_ ? 0 : O_TRUNC));
  if (::ftruncate(file_.get(), static_cast<off_t>(size_)) != 0) {
    throw system_error("cannot write " + path_.string(), errno);
  }
}

// Reads the journal of an earlier run, or starts one. True where some piece is complete already.
bool PartialFile::open_journal(const std::string& header) {
  bool found = false;
  if (file_size_if_exists(journal_path_) && file_size_if_exists(path_) == size_) {
    std::istringstream lines(read_file(journal_path_));
    std::string line;
    if (std::getline(lines, line) && line == header) {
      while (std::getline(lines, line)) {
        std::size_t index = 0;
        const auto [end, failed] = std::from_chars(line.data(), line.data() + line.size(), index);
        // A line that a dying process cut short names no piece.
        if (failed == std::errc{} && *end == '.' && index < complete_.size()) {
          complete_[index] = found = true;
        }
      }
    }
  }
  journal_ = open_file(journal_path_, O_WRONLY | O_APPEND | (found ? 0 : O_TRUNC));
  // A cut line of an earlier run must not swallow the next one.
  write_all(journal_, found ? "\n" : header + "\n", journal_path_);
  return found;
}

PartialFile::Piece PartialFile::piece(std::size_t index) const {
  const std::uint64_t offset = index * kPieceSize;
  return {offset, std::min(kPieceSize, size_ - offset)};
}

std::vector<std::size_t> PartialFile::missing() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::size_t> indexes;
  for (std::size_t i = 0; i < complete_.size(); ++i) {
    if (!complete_[i]) {
      indexes.push_back(i);
    }
  }
  return indexes;
}

void PartialFile::write(std::uint64_t offset, std::string_view bytes) {
  const std::lock_guard lock(writing_);
  while (!bytes.empty()) {
    const ssize_t written =
        ::pwrite(file_.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (written < 0 && errno == EINTR) {
      continue;
    }
    if (written < 0) {
      throw system_error("cannot write " + path_.string(), errno);
    }
    bytes.remove_prefix(static_cast<std::size_t>(written));
    offset += static_cast<std::uint64_t>(written);
  }
}

void PartialFile::complete(std::size_t index) {
  write_all(journal_, fmt::format("{}.\n", index), journal_path_);
  // The disk begins to write now, so that the sync before publishing has little left to wait for.
  const Piece done = piece(index);
  ::sync_file_range(file_.get(), static_cast<off_t>(done.offset), static_cast<off_t>(done.length),
                    SYNC_FILE_RANGE_WRITE);
  {
    const std::lock_guard lock(mutex_);
    complete_[index] = true;
  }
  if (hashing_.try_lock()) {
    const std::lock_guard lock(hashing_, std::adopt_lock);
    follow();
  }
}

// Feeds the digest with the complete pieces that follow those it has seen. REQUIRES: hashing_ held.
void PartialFile::follow() {
  std::string buffer(256 << 10, '\0');
  while (true) {
    {
      const std::lock_guard lock(mutex_);
      if (hashed_ == complete_.size() || !complete_[hashed_]) {
        return;
      }
    }
    Piece next = piece(hashed_);
    while (next.length > 0) {
      const auto wanted =
          static_cast<std::size_t>(std::min<std::uint64_t>(next.length, buffer.size()));
      const ssize_t count =
          ::pread(file_.get(), buffer.data(), wanted, static_cast<off_t>(next.offset));
      if (count <= 0) {
        throw system_error("cannot read " + path_.string(), count < 0 ? errno : EIO);
      }
      hasher_.update(std::string_view(buffer).substr(0, static_cast<std::size_t>(count)));
      next.offset += static_cast<std::uint64_t>(count);
      next.length -= static_cast<std::uint64_t>(count);
    }
    ++hashed_;
  }
}

std::string PartialFile::digest() {
  const std::lock_guard lock(hashing_);
  follow();
  return hasher_.finish();
}

void PartialFile::remove_journal() { remove_tree(journal_path_); }

}  // namespace aml::sot
