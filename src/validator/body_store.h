#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace aml::validator {

// Bodies of submissions, compressed (zstd), each in a file named by the sha256 of the body itself.
// What is there never changes; two miners that answer the same share a file. A file begins with a
// frame that zstd skips and that holds the format, now 1; files without it are the same.
class BodyStore {
 public:
  explicit BodyStore(std::filesystem::path folder);

  // A body as it arrives: written aside, and in the store once keep() said so.
  class Incoming {
   public:
    explicit Incoming(const std::filesystem::path& folder);
    ~Incoming();
    Incoming(const Incoming&) = delete;
    Incoming& operator=(const Incoming&) = delete;
    // Throws Error{no_space} and the like.
    void write(std::string_view bytes);
    // Nothing more comes: writes what is left, and frees the memory.
    void close();
    // Closes it, syncs the file, gives it its name and returns the body's sha256.
    std::string keep();

   private:
    struct State;
    std::unique_ptr<State> state_;
  };
  std::unique_ptr<Incoming> receive() const { return std::make_unique<Incoming>(folder_); }

  // Unpacks the body into `room`, which must have its size. Throws Error{not_found} naming the file
  // where it is not there, Error{bad_input} where it is damaged (of another size, or its bytes no
  // longer have that sha256) or of a newer format.
  void read(const std::string& sha256, std::span<char> room) const;
  std::filesystem::path path_of(const std::string& sha256) const;
  // Removes what killed processes left aside.
  void clear_leftovers() const;

 private:
  std::filesystem::path folder_;
};

}  // namespace aml::validator
