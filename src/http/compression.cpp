#include "http/compression.h"

#include <zlib.h>
#include <zstd.h>

#include "base/error.h"

namespace aml::http {

namespace {

// Bodies are text full of repetition. Measured on 28 MB of explanations; see docs/api.md.
constexpr int kGzipLevel = 1;
constexpr int kZstdLevel = 1;
constexpr int kGzipWindow = 15 + 16;  // 32 kB of history, and a gzip header instead of zlib's
constexpr int kGzipMemory = 9;

Error out_of_memory() {
  return {ErrorKind::unavailable, "the server is short of memory; try again"};
}

std::string gzip(std::string_view bytes) {
  z_stream stream{};
  if (deflateInit2(&stream, kGzipLevel, Z_DEFLATED, kGzipWindow, kGzipMemory, Z_DEFAULT_STRATEGY) !=
      Z_OK) {
    throw out_of_memory();
  }
  std::string packed(deflateBound(&stream, bytes.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  const int result = deflate(&stream, Z_FINISH);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  if (result != Z_STREAM_END) throw out_of_memory();
  packed.shrink_to_fit();
  return packed;
}

std::string zstd(std::string_view bytes) {
  std::string packed(ZSTD_compressBound(bytes.size()), '\0');
  const std::size_t size =
      ZSTD_compress(packed.data(), packed.size(), bytes.data(), bytes.size(), kZstdLevel);
  if (ZSTD_isError(size) != 0) throw out_of_memory();
  packed.resize(size);
  packed.shrink_to_fit();
  return packed;
}

}  // namespace

std::string encode(std::string_view coding, std::string_view bytes) {
  if (coding == "gzip") return gzip(bytes);
  if (coding == "zstd") return zstd(bytes);
  return std::string(bytes);
}

}  // namespace aml::http
