#include "http/compression.h"

#include <gtest/gtest.h>
#include <zlib.h>
#include <zstd.h>

#include <memory>
#include <random>
#include <string>

#include "base/error.h"
#include "base/threads.h"
#include "http/row_text.h"

namespace aml::http {
namespace {

constexpr std::size_t kManyRows = 20'000;

std::shared_ptr<const RowText> list_of(std::size_t rows) {
  std::mt19937 dice(1);
  auto list = std::make_shared<RowText>();
  for (std::size_t i = 0; i < rows; ++i) {
    if (i > 0) list->text += ',';
    const std::size_t begin = list->text.size();
    list->text += "{\"id\":" + std::to_string(dice()) + std::string(dice() % 100, 'x') + "}";
    const std::size_t end = list->text.size();
    list->rows.push_back({begin, end - 1, end, 0.5});
  }
  list->rows_end = list->text.size();
  return list;
}

std::string gunzip(const std::string& packed) {
  z_stream stream{};
  EXPECT_EQ(inflateInit2(&stream, 15 + 16), Z_OK);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  stream.avail_in = static_cast<uInt>(packed.size());
  std::string bytes;
  std::string room(65'536, '\0');
  int result = Z_OK;
  while (result == Z_OK) {
    stream.next_out = reinterpret_cast<Bytef*>(room.data());
    stream.avail_out = static_cast<uInt>(room.size());
    result = inflate(&stream, Z_NO_FLUSH);
    bytes.append(room, 0, room.size() - stream.avail_out);
  }
  EXPECT_EQ(result, Z_STREAM_END) << "one member, with its sum and length right";
  EXPECT_EQ(stream.avail_in, 0U);
  inflateEnd(&stream);
  return bytes;
}

std::string unzstd(const std::string& packed) {
  ZSTD_DStream* stream = ZSTD_createDStream();
  ZSTD_inBuffer input{packed.data(), packed.size(), 0};
  std::string bytes;
  std::string room(65'536, '\0');
  std::size_t left = 0;
  ZSTD_outBuffer output{};
  do {
    output = {room.data(), room.size(), 0};
    left = ZSTD_decompressStream(stream, &output, &input);
    EXPECT_EQ(ZSTD_isError(left), 0U);
    bytes.append(room, 0, output.pos);
  } while (input.pos < input.size || output.pos == room.size());
  EXPECT_TRUE(left == 0 || packed.empty()) << "the last frame is whole";
  ZSTD_freeDStream(stream);
  return bytes;
}

std::string unpacked(std::string_view coding, const std::string& packed) {
  return coding == "gzip" ? gunzip(packed) : coding == "zstd" ? unzstd(packed) : packed;
}

TEST(Encode, ComesBackAsItWas) {
  for (const std::string_view coding : {"identity", "gzip", "zstd"}) {
    for (const std::size_t rows : {std::size_t{0}, std::size_t{1}, kManyRows}) {
      const auto list = list_of(rows);
      EXPECT_TRUE(unpacked(coding, encode(coding, list->text)) == list->text) << coding << rows;
      std::size_t occupied = 0;
      const auto parts = choose_rows(list, {}, RowFormat::json);
      const std::string packed =
          encode(coding, *parts, [&](std::size_t bytes) { occupied = bytes; });
      EXPECT_TRUE(unpacked(coding, packed) == list->text) << coding << rows;
      EXPECT_GE(occupied, packed.size());
    }
  }
}

TEST(Encode, EndsWhereNobodyWaits) {
  const auto parts = choose_rows(list_of(kManyRows), {}, RowFormat::json);
  const StopScope scope(std::make_shared<StopQuestion>([] { return true; }));
  EXPECT_THROW(encode("gzip", *parts, [](std::size_t) {}), Error);
}

TEST(EncodeInPieces, ComesBackAsItWas) {
  for (const std::string_view coding : {"gzip", "zstd"}) {
    for (const RowFormat format : {RowFormat::json, RowFormat::lines}) {
      for (const std::size_t rows : {std::size_t{0}, std::size_t{1}, kManyRows}) {
        const auto parts = choose_rows(list_of(rows), {.offset = 1}, format);
        const auto producer = encode_in_pieces(coding, parts);
        EXPECT_FALSE(producer->size());
        std::string packed;
        for (std::string piece = producer->next(); !piece.empty(); piece = producer->next()) {
          EXPECT_LE(piece.size(), 70'000U) << "no more is held for a slow reader";
          packed += piece;
        }
        EXPECT_TRUE(unpacked(coding, packed) == read_all(*parts)) << coding << rows;
      }
    }
  }
}

}  // namespace
}  // namespace aml::http
