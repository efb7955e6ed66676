#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <string_view>

namespace aml::validator {

// A body as it arrives: aside, and in its store once keep() said so.
class IncomingBody {
 public:
  IncomingBody() = default;
  virtual ~IncomingBody() = default;
  IncomingBody(const IncomingBody&) = delete;
  IncomingBody& operator=(const IncomingBody&) = delete;

  // Throws Error{no_space} and the like.
  virtual void write(std::string_view bytes) = 0;
  // Nothing more comes: writes what is left, and frees the memory.
  virtual void close() = 0;
  // Closes it, stores it for good and returns the body's sha256.
  virtual std::string keep() = 0;
};

// Bodies of submissions, compressed (zstd), each in a file named by the sha256 of the body itself.
// What is there never changes; two miners that answer the same share a file. A file begins with a
// frame that zstd skips and that holds the format, now 1; files without it are the same.
class BodyStore {
 public:
  explicit BodyStore(std::filesystem::path folder);

  class Incoming : public IncomingBody {
   public:
    explicit Incoming(const std::filesystem::path& folder);
    ~Incoming() override;
    void write(std::string_view bytes) override;
    void close() override;
    // Syncs the file and gives it its name.
    std::string keep() override;

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
  // Removes a body; nothing where it is not there, or cannot be removed.
  void remove(const std::string& sha256) const;
  // Removes the bodies that are not `named` and whose files were written before that time: of an
  // answer that a crash kept out of the ledger.
  void remove_others(const std::set<std::string>& named,
                     std::chrono::system_clock::time_point before) const;
  // Removes what killed processes left aside.
  void clear_leftovers() const;

 private:
  std::filesystem::path folder_;
};

}  // namespace aml::validator
