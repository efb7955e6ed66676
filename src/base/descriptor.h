#pragma once

#include <unistd.h>

#include <utility>

namespace aml {

// A descriptor of the kernel (of a file, a folder, a pipe, …) that closes itself.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int value) : value_(value) {}
  ~Descriptor() { close(); }
  Descriptor(Descriptor&& other) noexcept : value_(std::exchange(other.value_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    if (this != &other) {
      close();
      value_ = std::exchange(other.value_, -1);
    }
    return *this;
  }

  bool is_open() const { return value_ >= 0; }
  // The number for system calls; negative where nothing is open. It stays this object's.
  int get() const { return value_; }
  // Leaves it open, for who closes it from now on.
  int release() { return std::exchange(value_, -1); }
  void close() {
    if (value_ >= 0) ::close(std::exchange(value_, -1));
  }

 private:
  int value_ = -1;
};

}  // namespace aml
