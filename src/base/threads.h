#pragma once

#include <atomic>
#include <cstddef>
#include <functional>

namespace aml {

// Number of processors this process may use, at least 1.
int available_processors();

// Calls body(begin, end) for consecutive blocks of [0, count) of `block` items (the last may be
// shorter), from `threads` threads. Which thread gets which block is not defined, so a body writes
// only to its own block. The first exception stops the rest and is thrown here.
void parallel_blocks(std::size_t count, std::size_t block, int threads,
                     const std::function<void(std::size_t begin, std::size_t end)>& body);

// Set by SIGINT and SIGTERM once install_signal_handlers() was called; long work looks at it.
bool stop_requested();
// Throws Error{interrupted} where a stop was requested.
void throw_if_stop_requested();
// SIGINT and SIGTERM set stop_requested(); SIGPIPE and SIGXFSZ are ignored, so that writing
// fails instead. A second SIGINT ends at once.
void install_signal_handlers();

}  // namespace aml
