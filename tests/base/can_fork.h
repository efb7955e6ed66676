#pragma once

namespace aml::test {

// Whether a test may fork. Under ThreadSanitizer it may not: its detector of deadlocks follows 64
// locks of a thread, and DuckDB's allocator takes all of its own, which are more, before a fork.
#if defined(__has_feature)
#define AML_HAS_FEATURE(name) __has_feature(name)
#else
#define AML_HAS_FEATURE(name) 0
#endif
#if defined(__SANITIZE_THREAD__) || AML_HAS_FEATURE(thread_sanitizer)
inline constexpr bool kCanFork = false;
#else
inline constexpr bool kCanFork = true;
#endif
#undef AML_HAS_FEATURE

}  // namespace aml::test
