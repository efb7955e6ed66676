#include "http/memory_files.h"

#include <sys/mman.h>
#include <unistd.h>

#include <utility>

namespace aml::http {

std::shared_ptr<const MemoryFile> MemoryFile::make(std::string_view bytes) {
  const int descriptor = ::memfd_create("aml-body", MFD_CLOEXEC);
  if (descriptor < 0) return nullptr;
  std::shared_ptr<const MemoryFile> file(new MemoryFile(descriptor));
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
    if (written <= 0) return nullptr;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return file;
}

MemoryFile::~MemoryFile() { ::close(descriptor_); }

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
  auto file = MemoryFile::make(*body);
  const std::lock_guard lock(mutex_);
  entries_[body.get()] = {.body = body, .file = std::move(file), .is_asked_for = true};
}

}  // namespace aml::http
