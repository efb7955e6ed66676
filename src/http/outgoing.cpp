#include "http/outgoing.h"

#include <fmt/format.h>
#include <sys/sendfile.h>

#include <algorithm>
#include <cerrno>
#include <exception>
#include <utility>

#include "base/log.h"

namespace aml::http {

namespace {

// A body up to this size is copied behind its head: one buffer is sent faster than two.
constexpr std::size_t kJoinedBytes = 8'192;

}  // namespace

Piece next_piece(Producer& producer) {
  try {
    return {.bytes = producer.next()};
  } catch (const std::exception& e) {
    log::warning("an answer breaks off", {{"reason", e.what()}});
    return {.bytes = {}, .failed = true};
  }
}

void Outgoing::begin(Response response, const ConnectionState& connection, bool head_only) {
  response_ = std::move(response);
  const bool with_body = !head_only && may_have_body(response_.status);
  producer_ = with_body ? response_.producer : nullptr;
  next_.reset();
  ended_ = broken_ = false;
  expected_ = producer_ ? producer_->size() : std::nullopt;
  chunked_ = producer_ && !expected_ && !connection.http_1_0;
  closes_ = producer_ && !expected_ && connection.http_1_0;
  ConnectionState state = connection;
  if (closes_) state.keep_alive = false;
  head_.clear();
  append_head(head_, response_, state);
  head_bytes_ = head_.size();
  body_bytes_sent_ = 0;
  std::string_view body;
  if (with_body && !producer_ && response_.body) body = *response_.body;
  planned_bytes_ = body.size();
  if (body.size() <= kJoinedBytes) {
    head_ += body;
    body = {};
  }
  parts_ = {head_, body, {}};
  begun_ = Clock::now();
}

void Outgoing::clear() {
  response_.body.reset();
  response_.head.reset();
  response_.producer.reset();
  file_.reset();
  producer_.reset();
  piece_.clear();
}

Outgoing::Buffers Outgoing::buffers() const {
  const auto buffer = [](std::string_view text) {
    return boost::asio::const_buffer(text.data(), text.size());
  };
  if (file_) return {buffer(parts_[0]), buffer({}), buffer({})};
  return {buffer(parts_[0]), buffer(parts_[1]), buffer(parts_[2])};
}

void Outgoing::consume(std::size_t bytes) {
  for (std::string_view& part : parts_) {
    const std::size_t taken = std::min(bytes, part.size());
    if (&part == &parts_[0]) {
      const std::size_t begin = head_.size() - part.size();
      const std::size_t end = begin + taken;
      body_bytes_sent_ += std::max(end, head_bytes_) - std::max(begin, head_bytes_);
    } else if (&part == &parts_[1]) {
      body_bytes_sent_ += taken;
    }
    part.remove_prefix(taken);
    bytes -= taken;
  }
  if (is_sent() && next_) promote();
}

bool Outgoing::send_file(int socket, bool& must_wait) {
  must_wait = false;
  auto offset = static_cast<off_t>(response_.body->size() - parts_[1].size());
  const ssize_t sent = ::sendfile(socket, file_->descriptor(), &offset, parts_[1].size());
  if (sent > 0) {
    consume(static_cast<std::size_t>(sent));
    return true;
  }
  must_wait = sent < 0 && (errno == EAGAIN || errno == EINTR);
  return must_wait;
}

bool Outgoing::is_sent() const {
  return parts_[0].empty() && parts_[1].empty() && parts_[2].empty();
}

void Outgoing::add(Piece piece) {
  const std::size_t size = piece.bytes.size();
  ended_ = size == 0;
  if (expected_ && size <= *expected_) {
    *expected_ -= size;
  } else if (expected_) {
    piece.failed = true;
  }
  broken_ = piece.failed || (ended_ && expected_.value_or(0) > 0);
  if (broken_) return;
  next_ = std::move(piece);
  if (is_sent()) promote();
}

void Outgoing::promote() {
  piece_ = std::move(next_->bytes);
  next_.reset();
  head_.clear();
  tail_.clear();
  if (chunked_ && !piece_.empty()) {
    head_ = fmt::format("{:x}\r\n", piece_.size());
    tail_ = "\r\n";
  } else if (chunked_) {
    tail_ = "0\r\n\r\n";
  }
  head_bytes_ = head_.size();
  parts_ = {head_, piece_, tail_};
  planned_bytes_ = piece_.size();
  begun_ = Clock::now();
}

Outgoing::Clock::time_point Outgoing::deadline(const Limits& limits) const {
  const auto give_up =
      begun_ + limits.stall_timeout + std::chrono::seconds(planned_bytes_ / limits.slowest_reader);
  return std::min(give_up, Clock::now() + limits.stall_timeout);
}

}  // namespace aml::http
