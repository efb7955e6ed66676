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
// Parts below this size are copied together, so many bytes at a time: each part of its own costs
// the kernel about as much as copying it.
constexpr std::size_t kSmallPart = 1'024;
constexpr std::size_t kTogetherBytes = 16'384;
// Of one call: as many buffers as Asio hands to the kernel, and what the socket may take.
constexpr std::size_t kMostViews = 64;
constexpr std::size_t kMostAtOnce = 262'144;
// Of a producer's pieces, see Producer.
constexpr std::size_t kPiecesBytes = 131'072;
// Where memory is short, whoever takes an answer for so long, slower than this, makes room.
constexpr std::chrono::seconds kPatience{10};
constexpr double kSlowBytesPerSecond = 262'144;

bool lies_in(std::string_view part, const std::string& whole) {
  return part.data() >= whole.data() && part.data() < whole.data() + whole.size();
}

}  // namespace

Piece next_piece(Producer& producer) {
  try {
    return {.bytes = producer.next()};
  } catch (const std::exception& e) {
    log::warning("an answer breaks off", {{"reason", e.what()}});
    return {.bytes = {}, .failed = true};
  }
}

std::size_t Outgoing::needs(const Response& response, bool head_only) {
  if (head_only || !may_have_body(response.status)) return 0;
  if (response.producer) return kPiecesBytes;
  return response.parts ? kTogetherBytes : 0;
}

void Outgoing::set_views(std::initializer_list<std::string_view> views) {
  views_.clear();
  first_ = 0;
  for (const std::string_view view : views) {
    if (!view.empty()) views_.push_back(view);
  }
}

void Outgoing::begin(Response response, const ConnectionState& connection, bool head_only,
                     Budget::Charge charge) {
  response_ = std::move(response);
  charge_ = std::move(charge);
  const bool with_body = !head_only && may_have_body(response_.status);
  producer_ = with_body ? response_.producer : nullptr;
  has_parts_ = with_body && response_.parts != nullptr;
  position_ = 0;
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
  if (with_body && response_.body) body = *response_.body;
  planned_bytes_ = has_parts_ ? response_.parts->size() : body.size();
  if (body.size() <= kJoinedBytes) {
    head_ += body;
    body = {};
  }
  set_views({head_, body});
  begun_ = response_begun_ = Clock::now();
  if (has_parts_) take_parts();
}

void Outgoing::clear() {
  response_.body.reset();
  response_.parts.reset();
  response_.head.reset();
  response_.producer.reset();
  file_.reset();
  producer_.reset();
  has_parts_ = false;
  parts_.clear();
  next_part_ = 0;
  views_.clear();
  first_ = 0;
  // Idle connections are many.
  if (piece_.capacity() > 0) piece_ = std::string();
  if (head_.capacity() > kSmallPart) head_ = std::string();
  next_.reset();
  charge_.release();
}

// Schedules parts: large ones as they lie, small ones copied together.
void Outgoing::take_parts() {
  piece_.clear();
  std::size_t bytes = 0;
  std::size_t together = 0;  // where in piece_ those begin that are not scheduled yet
  const auto schedule_together = [&] {
    if (together == piece_.size()) return;
    views_.push_back(std::string_view(piece_).substr(together));
    together = piece_.size();
  };
  while (views_.size() + 1 < kMostViews && bytes < kMostAtOnce) {
    if (next_part_ == parts_.size()) {
      parts_.clear();
      next_part_ = 0;
      response_.parts->next(position_, parts_, kMostViews);
      if (parts_.empty()) {
        has_parts_ = false;
        break;
      }
    }
    const std::string_view part = parts_[next_part_];
    if (part.size() >= kSmallPart) {
      schedule_together();
      views_.push_back(part);
    } else {
      if (piece_.capacity() < kTogetherBytes) piece_.reserve(kTogetherBytes);
      if (piece_.size() + part.size() > kTogetherBytes) break;
      piece_ += part;
    }
    bytes += part.size();
    ++next_part_;
  }
  schedule_together();
}

Outgoing::Buffers Outgoing::buffers() {
  buffers_.clear();
  // A file is sent after its head, by send_file().
  const std::size_t end = file_ && first_ == 0 ? 1 : views_.size();
  for (std::size_t i = first_; i < end; ++i) {
    buffers_.emplace_back(views_[i].data(), views_[i].size());
  }
  return {buffers_.data(), buffers_.data() + buffers_.size()};
}

// How many of these bytes that were sent are none of the body's.
std::size_t Outgoing::overhead(std::string_view sent) const {
  if (lies_in(sent, tail_)) return sent.size();
  if (!lies_in(sent, head_)) return 0;
  const auto begin = static_cast<std::size_t>(sent.data() - head_.data());
  return begin >= head_bytes_ ? 0 : std::min(head_bytes_ - begin, sent.size());
}

void Outgoing::consume(std::size_t bytes) {
  while (bytes > 0 && first_ < views_.size()) {
    std::string_view& view = views_[first_];
    const std::size_t taken = std::min(bytes, view.size());
    body_bytes_sent_ += taken - overhead(view.substr(0, taken));
    view.remove_prefix(taken);
    bytes -= taken;
    if (view.empty()) ++first_;
  }
  if (!is_sent()) return;
  if (next_) return promote();
  if (!has_parts_) return;
  set_views({});
  take_parts();
}

bool Outgoing::send_file(int socket, bool& must_wait) {
  must_wait = false;
  auto offset = static_cast<off_t>(response_.body->size() - views_[1].size());
  const ssize_t sent = ::sendfile(socket, file_->descriptor(), &offset, views_[1].size());
  if (sent > 0) {
    consume(static_cast<std::size_t>(sent));
    return true;
  }
  must_wait = sent < 0 && (errno == EAGAIN || errno == EINTR);
  return must_wait;
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
  set_views({head_, piece_, tail_});
  planned_bytes_ = piece_.size();
  begun_ = Clock::now();
}

Outgoing::Clock::time_point Outgoing::deadline(const Limits& limits) const {
  const auto give_up =
      begun_ + limits.stall_timeout + std::chrono::seconds(planned_bytes_ / limits.slowest_reader);
  return std::min(give_up, Clock::now() + limits.stall_timeout);
}

bool Outgoing::should_make_room(const Budget& budget) const {
  const std::chrono::duration<double> taken = Clock::now() - response_begun_;
  if (is_sent() || taken < kPatience) return false;
  if (response_.body && budget.is_wanted_back(response_.body)) return true;
  if (response_.parts && budget.is_wanted_back(response_.parts->owner())) return true;
  const bool has_own = charge_.bytes() > 0 || response_.body.use_count() == 1;
  return has_own && static_cast<double>(body_bytes_sent_) < kSlowBytesPerSecond * taken.count();
}

}  // namespace aml::http
