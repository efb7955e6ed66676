#pragma once

namespace aml::test {

// Whether a test may fork. Under ThreadSanitizer it may not: its detector of deadlocks follows 64
// locks of a thread, and DuckDB's allocator takes all of its own, which are more, before a fork.
#ifdef __SANITIZE_THREAD__
inline constexpr bool kCanFork = false;
#else
inline constexpr bool kCanFork = true;
#endif

}  // namespace aml::test
