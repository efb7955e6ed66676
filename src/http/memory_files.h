#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string_view>
#include <utility>

#include "base/descriptor.h"
#include "http/budget.h"
#include "http/message.h"

namespace aml::http {

// Bytes in a file without a name, from which the kernel sends without copying them.
class MemoryFile {
 public:
  // Null where the system has no memory for it. `charge` is for the bytes.
  static std::shared_ptr<const MemoryFile> make(std::string_view bytes, Budget::Charge charge);
  int descriptor() const { return file_.get(); }

 private:
  MemoryFile(Descriptor file, Budget::Charge charge)
      : file_(std::move(file)), charge_(std::move(charge)) {}
  Descriptor file_;
  Budget::Charge charge_;
};

// The files of large bodies that are sent again and again: below kLeast, copying is faster. A file
// goes with its body, at the latest when memory is short. All functions may be called from any
// thread.
class MemoryFiles {
 public:
  static constexpr std::size_t kLeast = 4 << 20;

  explicit MemoryFiles(Budget& budget);
  ~MemoryFiles();
  MemoryFiles(const MemoryFiles&) = delete;
  MemoryFiles& operator=(const MemoryFiles&) = delete;

  struct Found {
    std::shared_ptr<const MemoryFile> file;
    bool should_make = false;  // the body was sent before: the caller should see to make()
  };
  // REQUIRES: the body has kLeast bytes or more.
  Found find(const Body& body);
  // Without a file where there is too little memory.
  void make(const Body& body);

 private:
  struct Entry {
    std::weak_ptr<const std::string> body;
    std::shared_ptr<const MemoryFile> file;
    bool is_asked_for = false;
  };
  void forget_expired();

  Budget& budget_;
  const std::uint64_t reserve_;
  std::mutex mutex_;
  std::map<const std::string*, Entry> entries_;
};

}  // namespace aml::http
