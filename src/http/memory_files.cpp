#include "http/memory_files.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <utility>

namespace aml::http {

namespace {

constexpr std::size_t kHugePage = 2 << 20;

#ifndef MADV_COLLAPSE
constexpr int MADV_COLLAPSE = 25;
#endif

bool write_at(int descriptor, std::string_view bytes, std::size_t offset) {
  while (!bytes.empty()) {
    const ssize_t written =
        ::pwrite(descriptor, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (written <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(written));
    offset += static_cast<std::size_t>(written);
  }
  return true;
}

// Gives the file's first `bytes` huge pages, which sendfile() looks up by the dozen, not one by one
// as it does small ones. By default memory files get none; asking for them in this way does not
// depend on the system's settings. Where there are none the file keeps small pages: no error.
// REQUIRES: the file has that size; bytes is a multiple of kHugePage.
void use_huge_pages(int descriptor, std::size_t bytes) {
  // Addresses with a multiple of kHugePage among them, at which the file is mapped.
  const std::size_t room = bytes + kHugePage;
  void* const reserved =
      ::mmap(nullptr, room, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (reserved == MAP_FAILED) return;
  const std::size_t past = reinterpret_cast<std::uintptr_t>(reserved) % kHugePage;
  void* const aligned = static_cast<char*>(reserved) + (kHugePage - past) % kHugePage;
  const void* const mapped =
      ::mmap(aligned, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, descriptor, 0);
  // What is nowhere in memory is not made huge either.
  bool is_ready = mapped != MAP_FAILED;
  for (std::size_t at = 0; is_ready && at < bytes; at += kHugePage) {
    is_ready = write_at(descriptor, "x", at);
  }
  if (is_ready) ::madvise(aligned, bytes, MADV_COLLAPSE);
  ::munmap(reserved, room);
}

}  // namespace

std::shared_ptr<const MemoryFile> MemoryFile::make(std::string_view bytes, Budget::Charge charge) {
  Descriptor file(::memfd_create("aml-body", MFD_CLOEXEC));
  if (!file.is_open()) return nullptr;
  if (::ftruncate(file.get(), static_cast<off_t>(bytes.size())) != 0) return nullptr;
  use_huge_pages(file.get(), bytes.size() / kHugePage * kHugePage);
  if (!write_at(file.get(), bytes, 0)) return nullptr;
  return std::shared_ptr<const MemoryFile>(new MemoryFile(std::move(file), std::move(charge)));
}

MemoryFiles::MemoryFiles(Budget& budget)
    : budget_(budget), reserve_(budget.add_reserve([this](std::size_t) {
        const std::lock_guard lock(mutex_);
        forget_expired();
      })) {}

MemoryFiles::~MemoryFiles() { budget_.remove_reserve(reserve_); }

void MemoryFiles::forget_expired() {
  std::erase_if(entries_, [](const auto& entry) { return entry.second.body.expired(); });
}

MemoryFiles::Found MemoryFiles::find(const Body& body) {
  const std::lock_guard lock(mutex_);
  forget_expired();
  const auto [entry, is_first] = entries_.try_emplace(body.get());
  if (is_first) entry->second.body = body;
  Found found{.file = entry->second.file};
  if (!is_first && !found.file && !std::exchange(entry->second.is_asked_for, true)) {
    found.should_make = true;
  }
  return found;
}

void MemoryFiles::make(const Body& body) {
  std::shared_ptr<const MemoryFile> file;
  try {
    file = MemoryFile::make(*body, budget_.charge(body->size()));
  } catch (const Shortage&) {
    // It is copied, as before.
  }
  const std::lock_guard lock(mutex_);
  entries_[body.get()] = {.body = body, .file = std::move(file), .is_asked_for = true};
}

}  // namespace aml::http
