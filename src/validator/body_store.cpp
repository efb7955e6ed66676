#include "validator/body_store.h"

#include <fmt/format.h>
#include <unistd.h>
#include <zstd.h>

#include <array>
#include <atomic>
#include <bit>
#include <cstdint>
#include <cstring>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/file_system.h"
#include "base/files.h"
#include "base/hash.h"

namespace aml::validator {

namespace fs = std::filesystem;

namespace {

constexpr const char* kAside = ".incoming";
constexpr const char* kEnding = ".zst";
// Submissions are made of digits and repeated keys: level 1 packs them smaller than zstd's usual 3,
// in half the time, and they are unpacked sooner. No checksum of zstd's: the sha256 is one.
constexpr int kLevel = 1;

std::atomic<int> aside_number{0};

// A skippable frame of zstd: magic, size, and four bytes for us, all little-endian.
static_assert(std::endian::native == std::endian::little);
constexpr std::uint32_t kFormat = 1;
constexpr std::array<std::uint32_t, 3> kHead{ZSTD_MAGIC_SKIPPABLE_START, 4, kFormat};

std::uint32_t format_of(std::string_view packed) {
  std::array<std::uint32_t, 3> head{};
  if (packed.size() < sizeof head) return kFormat;
  std::memcpy(head.data(), packed.data(), sizeof head);
  return head[0] == kHead[0] && head[1] == kHead[1] ? head[2] : kFormat;
}

struct FreeCompressor {
  void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
};
struct FreeDecompressor {
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

// A body's file below its store's folder: ab/abcd….zst
fs::path path_below(const fs::path& folder, const std::string& sha256) {
  return folder / sha256.substr(0, 2) / (sha256 + kEnding);
}

}  // namespace

struct BodyStore::Incoming::State {
  explicit State(const fs::path& store)
      : folder(store), file(store / kAside / fmt::format("{}-{}", ::getpid(), aside_number++)) {}

  fs::path folder;
  OutputFile file;
  std::unique_ptr<ZSTD_CCtx, FreeCompressor> context{ZSTD_createCCtx()};
  std::vector<char> out = std::vector<char>(ZSTD_CStreamOutSize());
  Hasher hasher{HashKind::sha256};

  void compress(std::string_view bytes, ZSTD_EndDirective directive) {
    ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
    for (bool done = false; !done;) {
      ZSTD_outBuffer target{out.data(), out.size(), 0};
      const std::size_t left = ZSTD_compressStream2(context.get(), &target, &in, directive);
      if (ZSTD_isError(left) != 0) {
        throw Error(ErrorKind::internal, fmt::format("zstd: {}", ZSTD_getErrorName(left)));
      }
      file.write({out.data(), target.pos});
      done = directive == ZSTD_e_end ? left == 0 : in.pos == in.size;
    }
  }
};

BodyStore::Incoming::Incoming(const fs::path& folder) : state_(std::make_unique<State>(folder)) {
  state_->file.write({reinterpret_cast<const char*>(kHead.data()), sizeof kHead});
  ZSTD_CCtx_setParameter(state_->context.get(), ZSTD_c_compressionLevel, kLevel);
}

BodyStore::Incoming::~Incoming() = default;

void BodyStore::Incoming::write(std::string_view bytes) {
  state_->hasher.update(bytes);
  state_->compress(bytes, ZSTD_e_continue);
}

void BodyStore::Incoming::close() {
  if (!state_->context) return;
  state_->compress({}, ZSTD_e_end);
  state_->context.reset();
}

std::string BodyStore::Incoming::keep() {
  close();
  const std::string sha256 = state_->hasher.finish();
  const fs::path target = path_below(state_->folder, sha256);
  make_folders(target.parent_path());
  if (is_folder(target)) remove_tree(target);  // damage: no body is one
  state_->file.publish_as(target);
  sync_path(state_->folder);
  return sha256;
}

BodyStore::BodyStore(fs::path folder) : folder_(std::move(folder)) {
  make_folders(folder_ / kAside);
}

fs::path BodyStore::path_of(const std::string& sha256) const { return path_below(folder_, sha256); }

void BodyStore::remove(const std::string& sha256) const { try_remove_tree(path_of(sha256)); }

void BodyStore::remove_others(const std::set<std::string>& named,
                              std::chrono::system_clock::time_point before) const {
  for (const fs::path& part : list_folder_if_possible(folder_)) {
    if (part.filename() == kAside) continue;
    for (const fs::path& path : list_folder_if_possible(part)) {
      if (path.extension() != kEnding || named.contains(path.stem().string())) continue;
      if (path_exists(path) && changed_at(path) < before) try_remove_tree(path);
    }
  }
}

void BodyStore::clear_leftovers() const {
  try_remove_tree(folder_ / kAside);
  make_folders(folder_ / kAside);
}

void BodyStore::read(const std::string& sha256, std::span<char> room) const {
  const fs::path path = path_of(sha256);
  const auto damaged = [&](const std::string& why) {
    return Error(
        ErrorKind::bad_input,
        fmt::format("{} is damaged ({}): bring it back from a backup", path.string(), why));
  };
  // Packed and plain in one piece each: zstd then writes every byte once, where it is wanted.
  constexpr std::uint64_t kPacking = 1 << 20;  // zstd's own bytes, and the head
  const std::string packed = read_file(path, ZSTD_compressBound(room.size()) + kPacking);
  if (format_of(packed) > kFormat) {
    throw Error(ErrorKind::bad_input, path.string() + " was written by a newer program: use that");
  }
  const std::unique_ptr<ZSTD_DCtx, FreeDecompressor> context(ZSTD_createDCtx());
  const std::size_t size =
      ZSTD_decompressDCtx(context.get(), room.data(), room.size(), packed.data(), packed.size());
  if (ZSTD_isError(size) != 0) throw damaged(ZSTD_getErrorName(size));
  if (size != room.size()) throw damaged(fmt::format("{} bytes instead of {}", size, room.size()));
  Hasher hasher(HashKind::sha256);
  hasher.update({room.data(), size});
  if (hasher.finish() != sha256) throw damaged("its sha256 is another");
}

}  // namespace aml::validator
