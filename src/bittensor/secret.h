#pragma once

#include <openssl/crypto.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>

// Memory that holds keys.
namespace aml::bittensor {

// Bytes that are wiped when they go or are assigned over.
template <std::size_t N>
class SecretBytes {
 public:
  SecretBytes() = default;
  SecretBytes(const SecretBytes&) = default;
  SecretBytes& operator=(const SecretBytes&) = default;
  ~SecretBytes() { OPENSSL_cleanse(bytes_.data(), N); }

  std::uint8_t* data() { return bytes_.data(); }
  const std::uint8_t* data() const { return bytes_.data(); }
  static constexpr std::size_t size() { return N; }

 private:
  std::array<std::uint8_t, N> bytes_{};
};

// Wipes what it gives back.
template <typename T>
struct WipingAllocator {
  using value_type = T;
  WipingAllocator() = default;
  template <typename U>
  WipingAllocator(const WipingAllocator<U>&) {}  // NOLINT: allocators convert
  T* allocate(std::size_t count) { return std::allocator<T>().allocate(count); }
  void deallocate(T* memory, std::size_t count) {
    OPENSSL_cleanse(memory, count * sizeof(T));
    std::allocator<T>().deallocate(memory, count);
  }
  bool operator==(const WipingAllocator&) const { return true; }
};

// Text that is wiped when it goes, as long as it has more than 15 characters: shorter text lies in
// the object itself.
using SecretString = std::basic_string<char, std::char_traits<char>, WipingAllocator<char>>;

// Makes sure that no core dump and no debugger of another process of the same user shows the keys
// of this one (prctl PR_SET_DUMPABLE, RLIMIT_CORE). Called before a key is read.
void keep_memory_private();

}  // namespace aml::bittensor
