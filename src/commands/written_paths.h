#pragma once

namespace CLI {
class App;
}

namespace aml::commands {

// Looks at all paths that a parsed command line names, by its options. Throws Error{usage}, before
// anything is written, where a file that is written is also read, or is one of those that are read
// of a folder; where two outputs are one file; and where one lies in a folder that is replaced as a
// whole. Links are followed, and a file is known by any of its names. What is no file of a disk (a
// device, a pipe) may be named twice.
void refuse_shared_paths(const CLI::App& command);

}  // namespace aml::commands
