#pragma once

// Which sanitizer a test was built with: g++ says it by macros, Clang by features.
#if defined(__has_feature)
#define AML_HAS_FEATURE(name) __has_feature(name)
#else
#define AML_HAS_FEATURE(name) 0
#endif

namespace aml::test {

#if defined(__SANITIZE_ADDRESS__) || AML_HAS_FEATURE(address_sanitizer)
inline constexpr bool kAddressSanitizer = true;
#else
inline constexpr bool kAddressSanitizer = false;
#endif
#if defined(__SANITIZE_THREAD__) || AML_HAS_FEATURE(thread_sanitizer)
inline constexpr bool kThreadSanitizer = true;
#else
inline constexpr bool kThreadSanitizer = false;
#endif

// Whether a test may fork. ThreadSanitizer's detector of deadlocks follows 64 locks of a thread,
// and DuckDB's allocator takes all of its own, which are more, before a fork.
inline constexpr bool kCanFork = !kThreadSanitizer;

}  // namespace aml::test

#undef AML_HAS_FEATURE
