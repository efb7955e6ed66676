#include "miner/decoder.h"

#include <zlib.h>
#include <zstd.h>

#include <vector>

#include "base/error.h"

namespace aml::miner {

namespace {

constexpr std::size_t kPiece = 1u << 17;
constexpr int kGzipWindow = 15 + 16;  // a gzip header, not zlib's

Error damaged() { return {ErrorKind::unavailable, "the API sent a damaged body"}; }

}  // namespace

struct DecodedHash::State {
  enum class Coding { identity, gzip, zstd } coding = Coding::identity;
  z_stream gzip{};
  ZSTD_DStream* zstd = nullptr;
  bool complete = false;  // of a compressed body: its end was seen
  std::vector<char> piece;

  ~State() {
    if (coding == Coding::gzip) inflateEnd(&gzip);
    ZSTD_freeDStream(zstd);
  }
};

DecodedHash::DecodedHash(std::string_view coding) : state_(std::make_unique<State>()) {
  if (coding == "identity") return;
  state_->piece.resize(kPiece);
  if (coding == "gzip") {
    if (inflateInit2(&state_->gzip, kGzipWindow) != Z_OK) throw std::bad_alloc();
    state_->coding = State::Coding::gzip;
  } else if (coding == "zstd") {
    state_->coding = State::Coding::zstd;
    state_->zstd = ZSTD_createDStream();
    if (state_->zstd == nullptr) throw std::bad_alloc();
  } else {
    throw Error(ErrorKind::unavailable, "the API sent a body in a coding nobody asked for");
  }
}

DecodedHash::~DecodedHash() = default;

void DecodedHash::update(std::string_view bytes) {
  switch (state_->coding) {
    case State::Coding::identity:
      return hasher_.update(bytes);
    case State::Coding::gzip:
      return update_gzip(bytes);
    case State::Coding::zstd:
      return update_zstd(bytes);
  }
}

void DecodedHash::update_gzip(std::string_view bytes) {
  z_stream& stream = state_->gzip;
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  while (stream.avail_in > 0) {
    if (state_->complete) throw damaged();
    stream.next_out = reinterpret_cast<Bytef*>(state_->piece.data());
    stream.avail_out = static_cast<uInt>(kPiece);
    const int result = inflate(&stream, Z_NO_FLUSH);
    if (result != Z_OK && result != Z_STREAM_END) throw damaged();
    hasher_.update({state_->piece.data(), kPiece - stream.avail_out});
    state_->complete = result == Z_STREAM_END;
  }
}

void DecodedHash::update_zstd(std::string_view bytes) {
  ZSTD_inBuffer input{bytes.data(), bytes.size(), 0};
  bool more = !bytes.empty();
  while (more) {
    ZSTD_outBuffer output{state_->piece.data(), kPiece, 0};
    const std::size_t left = ZSTD_decompressStream(state_->zstd, &output, &input);
    if (ZSTD_isError(left) != 0) throw damaged();
    hasher_.update({state_->piece.data(), output.pos});
    state_->complete = left == 0;
    // What the decoder could not write yet comes out without more input.
    more = input.pos < input.size || output.pos == kPiece;
  }
}

std::string DecodedHash::finish() {
  if (state_->coding != State::Coding::identity && !state_->complete) throw damaged();
  return hasher_.finish();
}

}  // namespace aml::miner
