// A response on its way to the client. Included where Boost is, see server.cpp.
#pragma once

#include <boost/asio/buffer.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/budget.h"
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

// What of a response is still to be sent: the head, and a body that others share, which is not
// copied, or the pieces of a producer, of which one is sent while the next is made.
class Outgoing {
 public:
  using Clock = std::chrono::steady_clock;
  // A sequence of buffers as Asio wants it.
  struct Buffers {
    using value_type = boost::asio::const_buffer;
    using const_iterator = const boost::asio::const_buffer*;
    const_iterator begin() const { return first; }
    const_iterator end() const { return last; }
    const_iterator first;
    const_iterator last;
  };

  // `charge` is for what the body needs of its own while it is sent: needs().
  void begin(Response response, const ConnectionState& connection, bool head_only,
             Budget::Charge charge);
  static std::size_t needs(const Response& response, bool head_only);
  // The same bytes as the body, for send_file(). REQUIRES: begun, and not one byte was sent.
  void set_file(std::shared_ptr<const MemoryFile> file) { file_ = std::move(file); }
  // So many bytes of the head were sent before it was begun.
  void skip(std::size_t bytes) { consume(bytes); }
  // Gives the body back.
  void clear();

  // What to send next; more where not all fits into one. Valid until the next call.
  Buffers buffers();
  void consume(std::size_t bytes);

  // Whether the rest of the body is sent from its file: the head is out.
  bool sends_file() const { return file_ && first_ == 1 && views_.size() == 2; }
  // Sends what the socket takes without waiting; false where it failed for good.
  bool send_file(int socket, bool& must_wait);

  // Whether everything that is here has been sent.
  bool is_sent() const { return first_ == views_.size(); }
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
  // Whether the client should make room for others, who find too little memory: it has taken a
  // while, and either slowly, or holds what should be given back.
  bool should_make_room(const Budget& budget) const;

  const Response& response() const { return response_; }
  std::uint64_t body_bytes_sent() const { return body_bytes_sent_; }

 private:
  void set_views(std::initializer_list<std::string_view> views);
  void promote();
  void take_parts();
  std::size_t overhead(std::string_view sent) const;

  Response response_;
  std::shared_ptr<Producer> producer_;
  Budget::Charge charge_;
  std::vector<std::string_view> views_;  // to be sent, from first_ on
  std::size_t first_ = 0;
  std::vector<boost::asio::const_buffer> buffers_;
  std::string head_;  // or the line before a chunk
  std::shared_ptr<const MemoryFile> file_;
  std::string piece_;  // of a producer, or of parts that are too small to be sent alone
  std::string tail_;   // after a chunk
  std::optional<Piece> next_;
  std::vector<std::string_view>
      parts_;  // that were taken and not yet scheduled, from next_part_ on
  std::size_t next_part_ = 0;
  std::uint64_t position_ = 0;             // in the response's parts
  std::optional<std::uint64_t> expected_;  // bytes that the producer owes
  bool chunked_ = false;
  bool closes_ = false;
  bool ended_ = false;
  bool broken_ = false;
  bool has_parts_ = false;
  std::size_t head_bytes_ = 0;  // of head_ that are no body
  std::uint64_t body_bytes_sent_ = 0;
  std::uint64_t planned_bytes_ = 0;  // since begun_
  Clock::time_point begun_;          // when the body, or this piece of it, began
  Clock::time_point response_begun_;
};

}  // namespace aml::http
