#include "http/compression.h"

#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/threads.h"

namespace aml::http {

namespace {

// Bodies are text full of repetition. Measured on 28 MB of explanations; see docs/api.md.
constexpr int kGzipLevel = 1;
constexpr int kZstdLevel = 1;
constexpr int kGzipHeader = 15 + 16;  // 32 kB of history, and a gzip header instead of zlib's
constexpr int kRawDeflate = -15;      // the same without any header
constexpr int kGzipMemory = 9;
constexpr std::size_t kOutputStep = 65'536;
constexpr std::size_t kViewsAtOnce = 64;
// Of a piece, before it is compressed.
constexpr std::size_t kPieceBytes = 65'536;

Error out_of_memory() {
  return {ErrorKind::unavailable, "the server is short of memory; try again"};
}

// Compresses into a string what comes bit by bit.
class Encoder {
 public:
  Encoder() = default;
  virtual ~Encoder() = default;
  Encoder(const Encoder&) = delete;
  Encoder& operator=(const Encoder&) = delete;
  virtual void add(std::string_view bytes, std::string& out) = 0;
  virtual void finish(std::string& out) = 0;

 protected:
  std::vector<char> room_ = std::vector<char>(kOutputStep);
};

class Deflate : public Encoder {
 public:
  explicit Deflate(int window) {
    const int result =
        deflateInit2(&stream_, kGzipLevel, Z_DEFLATED, window, kGzipMemory, Z_DEFAULT_STRATEGY);
    if (result != Z_OK) throw out_of_memory();
  }
  ~Deflate() override { deflateEnd(&stream_); }
  void add(std::string_view bytes, std::string& out) override { run(bytes, Z_NO_FLUSH, out); }
  void finish(std::string& out) override { run({}, Z_FINISH, out); }
  // Ends at a whole byte, after which another stream may go on.
  void flush(std::string& out) { run({}, Z_FULL_FLUSH, out); }

 private:
  void run(std::string_view bytes, int flush, std::string& out) {
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    stream_.avail_in = static_cast<uInt>(bytes.size());
    do {
      stream_.next_out = reinterpret_cast<Bytef*>(room_.data());
      stream_.avail_out = static_cast<uInt>(room_.size());
      if (deflate(&stream_, flush) == Z_STREAM_ERROR) throw out_of_memory();
      out.append(room_.data(), room_.size() - stream_.avail_out);
    } while (stream_.avail_out == 0);
  }
  z_stream stream_{};
};

class Zstd : public Encoder {
 public:
  explicit Zstd(std::uint64_t size) : context_(ZSTD_createCCtx()) {
    if (context_ == nullptr) throw out_of_memory();
    check(ZSTD_CCtx_setParameter(context_, ZSTD_c_compressionLevel, kZstdLevel));
    check(ZSTD_CCtx_setPledgedSrcSize(context_, size));
  }
  ~Zstd() override { ZSTD_freeCCtx(context_); }
  void add(std::string_view bytes, std::string& out) override { run(bytes, ZSTD_e_continue, out); }
  void finish(std::string& out) override { run({}, ZSTD_e_end, out); }

 private:
  static std::size_t check(std::size_t result) {
    if (ZSTD_isError(result) != 0) throw out_of_memory();
    return result;
  }
  void run(std::string_view bytes, ZSTD_EndDirective directive, std::string& out) {
    ZSTD_inBuffer input{bytes.data(), bytes.size(), 0};
    std::size_t left = 0;
    do {
      ZSTD_outBuffer output{room_.data(), room_.size(), 0};
      left = check(ZSTD_compressStream2(context_, &output, &input, directive));
      out.append(room_.data(), output.pos);
    } while (directive == ZSTD_e_end ? left > 0 : input.pos < input.size);
  }
  ZSTD_CCtx* context_;
};

std::unique_ptr<Encoder> encoder(std::string_view coding, std::uint64_t size) {
  if (coding == "gzip") return std::make_unique<Deflate>(kGzipHeader);
  return std::make_unique<Zstd>(size);
}

// Pieces of a body, compressed.
class EncodedPieces : public Producer {
 public:
  explicit EncodedPieces(std::shared_ptr<const Parts> parts) : parts_(std::move(parts)) {}
  std::optional<std::uint64_t> size() const override { return std::nullopt; }
  std::string next() override {
    throw_if_stop_requested();
    const std::string piece = take();
    if (!piece.empty()) return encode_piece(piece);
    return std::exchange(has_ended_, true) ? std::string() : last_piece();
  }

 protected:
  virtual std::string encode_piece(std::string_view piece) = 0;
  virtual std::string last_piece() { return {}; }

 private:
  std::string take();

  const std::shared_ptr<const Parts> parts_;
  std::vector<std::string_view> views_;
  std::size_t view_ = 0;
  std::uint64_t position_ = 0;
  bool has_ended_ = false;
};

std::string EncodedPieces::take() {
  std::string piece;
  piece.reserve(std::min<std::uint64_t>(kPieceBytes, parts_->size()));
  while (piece.size() < kPieceBytes) {
    if (view_ == views_.size()) {
      views_.clear();
      view_ = 0;
      parts_->next(position_, views_, kViewsAtOnce);
      if (views_.empty()) break;
    }
    std::string_view& view = views_[view_];
    const std::string_view taken = view.substr(0, kPieceBytes - piece.size());
    piece += taken;
    view.remove_prefix(taken.size());
    if (view.empty()) ++view_;
  }
  return piece;
}

// A frame each: a reader of zstd takes frame after frame (RFC 8878, 3).
class ZstdPieces : public EncodedPieces {
 public:
  using EncodedPieces::EncodedPieces;
  std::string encode_piece(std::string_view piece) override { return encode("zstd", piece); }
};

// One gzip member (RFC 1952) of deflate streams that each end at a whole byte.
class GzipPieces : public EncodedPieces {
 public:
  using EncodedPieces::EncodedPieces;
  std::string encode_piece(std::string_view piece) override {
    std::string out = begin();
    crc_ =
        crc32(crc_, reinterpret_cast<const Bytef*>(piece.data()), static_cast<uInt>(piece.size()));
    size_ += static_cast<std::uint32_t>(piece.size());  // of the size, the lowest 32 bits
    Deflate deflate(kRawDeflate);
    deflate.add(piece, out);
    deflate.flush(out);
    out.shrink_to_fit();
    return out;
  }
  std::string last_piece() override {
    std::string out = begin();
    out.append("\x03\x00", 2);  // an empty block, the last
    for (const auto number : {static_cast<std::uint32_t>(crc_), size_}) {
      for (int shift = 0; shift < 32; shift += 8) out += static_cast<char>(number >> shift & 0xFF);
    }
    return out;
  }

 private:
  std::string begin() {
    constexpr std::array<unsigned char, 10> kHeader{0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 4, 255};
    if (std::exchange(has_begun_, true)) return {};
    return {kHeader.begin(), kHeader.end()};
  }
  bool has_begun_ = false;
  uLong crc_ = crc32(0, nullptr, 0);
  std::uint32_t size_ = 0;
};

}  // namespace

std::string encode(std::string_view coding, std::string_view bytes) {
  if (coding == "identity") return std::string(bytes);
  const auto made = encoder(coding, bytes.size());
  std::string out;
  made->add(bytes, out);
  made->finish(out);
  out.shrink_to_fit();
  return out;
}

std::string encode(std::string_view coding, const Parts& parts,
                   const std::function<void(std::size_t bytes)>& grown) {
  std::string out;
  const bool is_plain = coding == "identity";
  const auto made = is_plain ? nullptr : encoder(coding, parts.size());
  if (is_plain) out.reserve(parts.size());
  std::uint64_t position = 0;
  std::vector<std::string_view> views;
  while (true) {
    throw_if_stop_requested();
    views.clear();
    parts.next(position, views, kViewsAtOnce);
    if (views.empty()) break;
    for (std::string_view view : views) {
      // A part may be all of a day.
      for (constexpr std::size_t kStep = 1 << 20; !view.empty();
           view.remove_prefix(std::min(kStep, view.size()))) {
        throw_if_stop_requested();
        if (is_plain) {
          out += view.substr(0, kStep);
        } else {
          made->add(view.substr(0, kStep), out);
        }
        grown(out.capacity());
      }
    }
  }
  if (!is_plain) made->finish(out);
  out.shrink_to_fit();
  grown(out.capacity());
  return out;
}

std::shared_ptr<Producer> encode_in_pieces(std::string_view coding,
                                           std::shared_ptr<const Parts> parts) {
  if (coding == "gzip") return std::make_shared<GzipPieces>(std::move(parts));
  return std::make_shared<ZstdPieces>(std::move(parts));
}

}  // namespace aml::http
