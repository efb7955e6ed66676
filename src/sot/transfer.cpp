#include "sot/transfer.h"

#include <fmt/format.h>

#include <numeric>

#include "base/error.h"
#include "base/log.h"
#include "base/progress.h"
#include "base/threads.h"

namespace aml::sot {
namespace {

// Gathers what the network brings in small portions: writers of one file wait for each other at
// each write, so there must be few.
class PieceWriter {
 public:
  PieceWriter(PartialFile& file, std::uint64_t offset) : file_(file), offset_(offset) {
    buffer_.reserve(kBuffer);
  }

  void add(std::string_view bytes) {
    if (buffer_.size() + bytes.size() > kBuffer) {
      flush();
    }
    buffer_.append(bytes);
  }

  void flush() {
    file_.write(offset_, buffer_);
    offset_ += buffer_.size();
    buffer_.clear();
  }

 private:
  static constexpr std::size_t kBuffer = 512 << 10;
  PartialFile& file_;
  std::uint64_t offset_;
  std::string buffer_;
};

}  // namespace

Transfer::Transfer(const std::filesystem::path& folder, const DownloadPlan& plan,
                   const DownloadRecord& kept, ObjectStore& store)
    : folder_(folder), store_(store) {
  for (const WantedFile& wanted : plan.files) {
    if (!kept.files.contains(wanted.name)) {
      files_.push_back({wanted, nullptr, ""});
      open(files_.size() - 1);
    }
  }
}

void Transfer::open(std::size_t index) {
  File& file = files_[index];
  file.partial = nullptr;  // closes what is there
  file.partial = std::make_unique<PartialFile>(folder_ / file.wanted.name, file.wanted.object,
                                               file.wanted.hash);
  for (const std::size_t piece : file.partial->missing()) {
    work_.push_back({index, piece});
  }
}

std::uint64_t Transfer::bytes_to_fetch() const {
  return std::accumulate(work_.begin(), work_.end(), std::uint64_t{0},
                         [&](std::uint64_t sum, const Work& work) {
                           return sum + files_[work.file].partial->piece(work.piece).length;
                         });
}

std::uint64_t Transfer::run(int connections) {
  std::uint64_t bytes = fetch(connections);
  std::vector<std::size_t> again;
  for (std::size_t i = 0; i < files_.size(); ++i) {
    if (check(files_[i])) {
      continue;
    }
    if (!files_[i].partial->resumed()) {
      refuse(files_[i]);
    }
    log::warning("what an earlier run left is damaged, fetching it again",
                 {{"object", store_of(files_[i]).address(files_[i].wanted.key)}});
    again.push_back(i);
  }
  work_.clear();
  for (const std::size_t i : again) {
    files_[i].partial->remove_journal();
    open(i);
  }
  bytes += fetch(connections);
  for (const std::size_t i : again) {
    if (!check(files_[i])) {
      refuse(files_[i]);
    }
  }
  return bytes;
}

std::uint64_t Transfer::fetch(int connections) {
  const std::uint64_t total = bytes_to_fetch();
  Progress progress("download", total, Progress::Unit::bytes);
  parallel_blocks(work_.size(), 1, connections, [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) {
      throw_if_stop_requested();
      File& file = files_[work_[i].file];
      const PartialFile::Piece piece = file.partial->piece(work_[i].piece);
      PieceWriter writer(*file.partial, piece.offset);
      store_of(file).read(file.wanted.key, piece.offset, piece.length, file.wanted.object.etag,
                          [&](std::string_view bytes) {
                            writer.add(bytes);
                            progress.add(bytes.size());
                          });
      writer.flush();
      file.partial->complete(work_[i].piece);
    }
  });
  return total;
}

ObjectStore& Transfer::store_of(const File& file) const {
  return file.wanted.store != nullptr ? *file.wanted.store : store_;
}

// True where the digest is the wanted one, or none is wanted.
bool Transfer::check(File& file) const {
  file.digest = file.partial->digest();
  return !file.wanted.digest || *file.wanted.digest == file.digest;
}

void Transfer::refuse(File& file) const {
  file.partial->remove_journal();  // the next run fetches it anew
  throw Error(ErrorKind::bad_input,
              fmt::format("{}: its {} is {}, but should be {}: the snapshot is damaged or is being "
                          "replaced right now; try again, or ask its producer",
                          store_of(file).address(file.wanted.key),
                          file.wanted.hash == HashKind::md5 ? "md5" : "sha256", file.digest,
                          *file.wanted.digest));
}

void Transfer::record_in(DownloadRecord& record) const {
  for (const File& file : files_) {
    file.partial->remove_journal();
    record.files[file.wanted.name] = {file.wanted.object.size, file.wanted.object.etag,
                                      file.wanted.hash, file.digest};
  }
}

}  // namespace aml::sot
