#include "faulty_disk.h"

#include <algorithm>
#include <cstring>

namespace aml::simulated {

namespace {

constexpr std::size_t kSector = 512;

// What SQLite keeps of an open file.
struct OpenFile {
  sqlite3_file base;
  FaultyDisk* disk;
  std::string* name;
};

OpenFile& open_file(sqlite3_file* file) { return *reinterpret_cast<OpenFile*>(file); }
FaultyDisk::File& content_of(sqlite3_file* file) {
  return open_file(file).disk->file(*open_file(file).name);
}

void write_into(std::string& content, const FaultyDisk::File::Write& write) {
  if (write.is_truncation) {
    content.resize(write.offset);
    return;
  }
  content.resize(std::max(content.size(), write.offset + write.bytes.size()));
  content.replace(write.offset, write.bytes.size(), write.bytes);
}

int close_file(sqlite3_file* file) {
  delete open_file(file).name;
  return SQLITE_OK;
}

int read_file(sqlite3_file* file, void* to, int size, sqlite3_int64 offset) {
  const std::string& content = content_of(file).content;
  const auto begin = std::min(static_cast<std::size_t>(offset), content.size());
  const auto got = std::min(static_cast<std::size_t>(size), content.size() - begin);
  std::memset(to, 0, static_cast<std::size_t>(size));
  if (got > 0) std::memcpy(to, content.data() + begin, got);
  return got == static_cast<std::size_t>(size) ? SQLITE_OK : SQLITE_IOERR_SHORT_READ;
}

int change(sqlite3_file* file, FaultyDisk::File::Write write, int otherwise) {
  FaultyDisk& disk = *open_file(file).disk;
  if (disk.fails()) return disk.is_full() ? SQLITE_FULL : otherwise;
  disk.count_write();
  FaultyDisk::File& content = content_of(file);
  write_into(content.content, write);
  content.pending.push_back(std::move(write));
  return SQLITE_OK;
}

int write_file(sqlite3_file* file, const void* from, int size, sqlite3_int64 offset) {
  return change(
      file,
      {static_cast<std::size_t>(offset),
       std::string(static_cast<const char*>(from), static_cast<std::size_t>(size)), false},
      SQLITE_IOERR_WRITE);
}

int truncate_file(sqlite3_file* file, sqlite3_int64 size) {
  return change(file, {static_cast<std::size_t>(size), "", true}, SQLITE_IOERR_TRUNCATE);
}

int sync_file(sqlite3_file* file, int) {
  if (open_file(file).disk->fails()) return SQLITE_IOERR_FSYNC;
  FaultyDisk::File& content = content_of(file);
  for (const FaultyDisk::File::Write& write : content.pending) write_into(content.durable, write);
  content.pending.clear();
  return SQLITE_OK;
}

int size_of_file(sqlite3_file* file, sqlite3_int64* size) {
  *size = static_cast<sqlite3_int64>(content_of(file).content.size());
  return SQLITE_OK;
}

int lock_file(sqlite3_file*, int) { return SQLITE_OK; }
int is_reserved(sqlite3_file*, int* answer) {
  *answer = 0;
  return SQLITE_OK;
}
int control(sqlite3_file*, int, void*) { return SQLITE_NOTFOUND; }
int sector_size(sqlite3_file*) { return static_cast<int>(kSector); }
int characteristics(sqlite3_file*) { return 0; }

int map_shared(sqlite3_file* file, int region, int size, int extend, void volatile** at) {
  auto& shared = content_of(file).shared;
  *at = nullptr;
  if (static_cast<std::size_t>(region) >= shared.size() && extend == 0) return SQLITE_OK;
  while (shared.size() <= static_cast<std::size_t>(region)) {
    shared.push_back(std::make_unique<std::vector<char>>(static_cast<std::size_t>(size)));
  }
  *at = shared[static_cast<std::size_t>(region)]->data();
  return SQLITE_OK;
}
int lock_shared(sqlite3_file*, int, int, int) { return SQLITE_OK; }
void share_barrier(sqlite3_file*) {}
int unmap_shared(sqlite3_file* file, int remove) {
  if (remove != 0) content_of(file).shared.clear();
  return SQLITE_OK;
}

const sqlite3_io_methods kMethods{.iVersion = 2,
                                  .xClose = close_file,
                                  .xRead = read_file,
                                  .xWrite = write_file,
                                  .xTruncate = truncate_file,
                                  .xSync = sync_file,
                                  .xFileSize = size_of_file,
                                  .xLock = lock_file,
                                  .xUnlock = lock_file,
                                  .xCheckReservedLock = is_reserved,
                                  .xFileControl = control,
                                  .xSectorSize = sector_size,
                                  .xDeviceCharacteristics = characteristics,
                                  .xShmMap = map_shared,
                                  .xShmLock = lock_shared,
                                  .xShmBarrier = share_barrier,
                                  .xShmUnmap = unmap_shared,
                                  .xFetch = nullptr,
                                  .xUnfetch = nullptr};

FaultyDisk& disk_of(sqlite3_vfs* vfs) { return *static_cast<FaultyDisk*>(vfs->pAppData); }

int open_on(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* out_flags) {
  static int unnamed = 0;
  FaultyDisk& disk = disk_of(vfs);
  file->pMethods = nullptr;
  const std::string path = name != nullptr ? name : "unnamed-" + std::to_string(unnamed++);
  if (!disk.has_power() || (!disk.has(path) && (flags & SQLITE_OPEN_CREATE) == 0)) {
    return SQLITE_CANTOPEN;
  }
  disk.file(path);
  OpenFile& made = open_file(file);
  made.disk = &disk;
  made.name = new std::string(path);
  file->pMethods = &kMethods;
  if (out_flags != nullptr) *out_flags = flags;
  return SQLITE_OK;
}

int delete_on(sqlite3_vfs* vfs, const char* name, int) {
  if (disk_of(vfs).fails()) return SQLITE_IOERR_DELETE;
  disk_of(vfs).remove(name);
  return SQLITE_OK;
}

int is_on(sqlite3_vfs* vfs, const char* name, int, int* answer) {
  *answer = disk_of(vfs).has(name) ? 1 : 0;
  return SQLITE_OK;
}

int full_name(sqlite3_vfs*, const char* name, int size, char* to) {
  sqlite3_snprintf(size, to, "%s", name);
  return SQLITE_OK;
}

int random_bytes(sqlite3_vfs* vfs, int size, char* to) {
  for (int i = 0; i < size; ++i) to[i] = static_cast<char>(disk_of(vfs).random().below(256));
  return size;
}

int sleep_no_longer(sqlite3_vfs*, int microseconds) { return microseconds; }
int tell_time(sqlite3_vfs*, double* days) {
  *days = 2'460'000.5;
  return SQLITE_OK;
}
int last_error(sqlite3_vfs*, int, char*) { return 0; }

}  // namespace

FaultyDisk::FaultyDisk(Random& random, int faults_permille)
    : random_(random), faults_permille_(faults_permille), before_(sqlite3_vfs_find(nullptr)) {
  vfs_.iVersion = 1;
  vfs_.szOsFile = sizeof(OpenFile);
  vfs_.mxPathname = 512;
  vfs_.zName = "faulty";
  vfs_.pAppData = this;
  vfs_.xOpen = open_on;
  vfs_.xDelete = delete_on;
  vfs_.xAccess = is_on;
  vfs_.xFullPathname = full_name;
  vfs_.xRandomness = random_bytes;
  vfs_.xSleep = sleep_no_longer;
  vfs_.xCurrentTime = tell_time;
  vfs_.xGetLastError = last_error;
  sqlite3_vfs_register(&vfs_, 1);
  sqlite3_randomness(0, nullptr);  // SQLite's own numbers begin anew, with ours
}

FaultyDisk::~FaultyDisk() {
  sqlite3_vfs_register(before_, 1);
  sqlite3_vfs_unregister(&vfs_);
}

void FaultyDisk::restart() {
  for (auto& [name, file] : files_) file.shared.clear();
  has_power_ = true;
}

void FaultyDisk::restore_power() {
  for (auto& [name, file] : files_) {
    for (File::Write& write : file.pending) {
      if (random_.chance(400)) continue;
      const std::size_t sectors = write.bytes.size() / kSector;
      if (sectors > 0 && random_.chance(300)) {
        write.bytes.resize(kSector * random_.below(sectors + 1));
      }
      write_into(file.durable, write);
    }
    file.pending.clear();
    file.content = file.durable;
    file.shared.clear();
  }
  has_power_ = true;
}

}  // namespace aml::simulated
