// One client's connection. Included where Boost is, see server.cpp.
#pragma once

#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <boost/asio.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#include "base/log.h"
#include "http/forwarded.h"
#include "http/outgoing.h"
#include "http/parser.h"
#include "http/worker.h"

namespace aml::http {

constexpr std::size_t kReadBytes = 4'096;
// What a connection that waits for a request keeps of its buffers.
constexpr std::size_t kKeptBytes = 8'192;
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
// What every answer begins with. Sent ahead to a client that says it will send no more: one that is
// gone altogether refuses it.
constexpr std::string_view kProbe = "HTTP/1.1 ";
constexpr int kUnsentUnlimited = -1;
// How a connection ends: the client is given this to take the last response and hang up, because
// closing over unread bytes of a request would throw away what it has not taken yet.
constexpr std::chrono::seconds kLingerTime{1};
constexpr std::size_t kLingerBytes = 1'048'576;
constexpr int kBusyRetrySeconds = 1;
constexpr int kShortageRetrySeconds = 10;

inline std::string_view text_of(asio::const_buffer bytes) {
  return {static_cast<const char*>(bytes.data()), bytes.size()};
}

// One client, from its first request to its last. Lives as long as one of its handlers is pending.
// Stream is what bytes go through: Socket or TlsSocket.
template <typename Stream>
class Connection : public Client, public std::enable_shared_from_this<Connection<Stream>> {
 public:
  Connection(Worker& worker, Stream&& stream, const tcp::endpoint& peer, TlsContext tls)
      : Client(client_of(peer.address().to_string())),
        worker_(worker),
        tls_(std::move(tls)),
        stream_(std::move(stream)) {
    request_.remote = peer.address().to_string();
    limit_unsent(worker_.unsent_bytes());
    worker_.add(this);
  }
  ~Connection() override { worker_.remove(this); }

  // Shakes hands, where that is needed, and reads the first request.
  void begin();
  void next_request();
  void close_if_idle() override;
  void cut() override;
  State state() const override;
  void look() override;
  bool should_make_room() const override {
    return outgoing_.should_make_room(worker_.shared().budget);
  }

 private:
  using Self = std::shared_ptr<Connection>;

  // Reading, in connection_reading.h.
  void read_more();
  void send_continue();
  void parse();
  void refuse(Response refusal);
  void refuse_unparsable(error_code error);
  std::optional<Response> refuse_malformed() const;
  void keep_little();

  // Answering, in connection_answering.h.
  void answer();
  void build();
  void take_built(Response response);
  void wait_for_peer();
  void look_at_peer();
  void probe_peer();

  // Writing, in connection_writing.h.
  void send(Response response);
  void find_file();
  void limit_unsent(int bytes);
  void pull();
  void write();
  void write_file();
  void give_up();
  void finish_request();
  void log_request(std::string_view message);
  void linger();
  void drain();

  auto descriptor() { return stream_.lowest_layer().native_handle(); }

  static constexpr bool kIsTls = std::is_same_v<Stream, TlsSocket>;

  Worker& worker_;
  const TlsContext tls_;  // of the stream, also where others have a newer one
  Stream stream_;
  beast::flat_buffer buffer_;
  Request request_;
  std::optional<Parser> parser_;
  bool idle_ = true;  // not one byte of the next request is here
  ConnectionState state_;
  Clock::time_point started_;  // when the request began

  bool building_ = false;  // a builder makes the answer
  std::uint64_t built_ = 0;
  std::stop_source gone_{std::nostopstate};  // of the client, while its answer is built
  bool probing_ = false;
  std::size_t probed_bytes_ = 0;   // of the answer that were sent ahead
  std::optional<Response> ready_;  // waits for the probe to be sent

  Outgoing outgoing_;
  bool pulling_ = false;  // a builder is asking the producer
  std::size_t lingered_ = 0;
  int unsent_limit_ = kUnsentUnlimited;
};

template <typename Stream>
void Connection<Stream>::begin() {
  if constexpr (kIsTls) {
    expire_at(Clock::now() + worker_.limits().request_timeout);
    stream_.async_handshake(asio::ssl::stream_base::server,
                            [self = this->shared_from_this()](error_code error) {
                              if (error) return self->cut();
                              self->next_request();
                            });
  } else {
    next_request();
  }
}

template <typename Stream>
void Connection<Stream>::close_if_idle() {
  // A pending read ends with what has come already, which is then answered, or with nothing.
  error_code ignored;
  if (!idle_) return;
  std::ignore = stream_.lowest_layer().shutdown(tcp::socket::shutdown_receive, ignored);
}

template <typename Stream>
void Connection<Stream>::cut() {
  error_code ignored;
  gone_.request_stop();
  std::ignore = stream_.lowest_layer().close(ignored);
}

template <typename Stream>
Client::State Connection<Stream>::state() const {
  if (building_) return State::waiting;
  if (!outgoing_.is_finished()) return State::answered;
  return idle_ ? State::idle : State::asking;
}

}  // namespace aml::http

#include "http/connection_answering.h"
#include "http/connection_reading.h"
#include "http/connection_writing.h"
