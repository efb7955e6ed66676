// A response on its way to the client. Included where Boost is, see server.cpp.
#pragma once

#include <array>
#include <boost/asio/buffer.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "http/memory_files.h"
#include "http/message.h"
#include "http/server.h"

namespace aml::http {

// What a producer gave: a piece, nothing at the end, or failure.
struct Piece {
  std::string bytes;
  bool failed = false;
};

// Asks the producer; throws nothing.
Piece next_piece(Producer& producer);

// What of a response is still to be sent: the head and a body that the cache shares, which is not
// copied, or the pieces of a producer, of which one is sent while the next is made.
class Outgoing {
 public:
  using Clock = std::chrono::steady_clock;
  using Buffers = std::array<boost::asio::const_buffer, 3>;

  void begin(Response response, const ConnectionState& connection, bool head_only);
  // The same bytes as the body, for send_file(). REQUIRES: begun, and not one byte was sent.
  void set_file(std::shared_ptr<const MemoryFile> file) { file_ = std::move(file); }
  // Gives the body back to the cache.
  void clear();

  // What to send next; more where not all fits into one.
  Buffers buffers() const;
  void consume(std::size_t bytes);

  // Whether the rest of the body is sent from its file: the head is out.
  bool sends_file() const { return file_ && parts_[0].empty() && !parts_[1].empty(); }
  // Sends what the socket takes without waiting; false where it failed for good.
  bool send_file(int socket, bool& must_wait);

  // Whether everything that is here has been sent.
  bool is_sent() const;
  // Whether that was all.
  bool is_finished() const { return is_sent() && (!producer_ || (ended_ && !next_)); }
  // The producer failed: only a cut connection tells the client.
  bool is_broken() const { return broken_; }
  // Only the end of the connection tells the client where the body ends.
  bool closes() const { return closes_; }
  // Whether the producer should be asked for a piece, which is handed to add().
  bool wants_piece() const { return producer_ && !ended_ && !next_ && !broken_; }
  std::shared_ptr<Producer> producer() const { return producer_; }
  void add(Piece piece);

  // When a client that takes no more, or too little, is given up.
  Clock::time_point deadline(const Limits& limits) const;

  const Response& response() const { return response_; }
  std::uint64_t body_bytes_sent() const { return body_bytes_sent_; }

 private:
  void promote();

  Response response_;
  std::shared_ptr<Producer> producer_;
  std::array<std::string_view, 3> parts_;  // unsent: of head_, of the body, of tail_
  std::string head_;                       // or the line before a chunk
  std::shared_ptr<const MemoryFile> file_;
  std::string piece_;
  std::string tail_;  // after a chunk
  std::optional<Piece> next_;
  std::optional<std::uint64_t> expected_;  // bytes that the producer owes
  bool chunked_ = false;
  bool closes_ = false;
  bool ended_ = false;
  bool broken_ = false;
  std::size_t head_bytes_ = 0;  // of head_ that are no body
  std::uint64_t body_bytes_sent_ = 0;
  std::size_t planned_bytes_ = 0;  // since begun_
  Clock::time_point begun_;        // when the body, or this piece of it, began
};

}  // namespace aml::http
