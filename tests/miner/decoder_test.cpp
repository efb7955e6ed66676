#include "miner/decoder.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "http/compression.h"

namespace aml::miner {
namespace {

std::string digest(std::string_view coding, std::string_view bytes, std::size_t piece) {
  DecodedHash hash(coding);
  for (std::size_t at = 0; at < bytes.size(); at += piece) hash.update(bytes.substr(at, piece));
  return hash.finish();
}

std::string some_text() {
  std::string text;
  for (int i = 0; i < 200'000; ++i) text += std::to_string(i * 7919 % 10'007) + ",";
  return text;
}

TEST(DecodedHash, IsThatOfThePlainBodyWhateverTheCodingAndThePieces) {
  const std::string text = some_text();
  const std::string plain = hash_text(HashKind::sha256, text);
  for (const char* coding : {"identity", "gzip", "zstd"}) {
    const std::string packed = http::encode(coding, text);
    for (const std::size_t piece : {std::size_t{977}, std::size_t{1} << 16, packed.size()}) {
      EXPECT_EQ(digest(coding, packed, piece), plain) << coding << " " << piece;
    }
  }
}

TEST(DecodedHash, TakesAnEmptyBody) {
  const std::string nothing = hash_text(HashKind::sha256, "");
  for (const char* coding : {"identity", "gzip", "zstd"}) {
    EXPECT_EQ(digest(coding, http::encode(coding, ""), 1), nothing) << coding;
  }
}

TEST(DecodedHash, RefusesBodiesThatAreDamagedOrEndEarly) {
  const std::string text = some_text();
  for (const char* coding : {"gzip", "zstd"}) {
    const std::string packed = http::encode(coding, text);
    EXPECT_THROW(digest(coding, packed.substr(0, packed.size() - 1), 4096), Error) << coding;
    EXPECT_THROW(digest(coding, packed.substr(0, packed.size() / 2), 4096), Error) << coding;
    EXPECT_THROW(digest(coding, "", 1), Error) << coding;
    EXPECT_THROW(digest(coding, "nonsense, and more of it", 3), Error) << coding;
  }
  EXPECT_THROW(digest("gzip", http::encode("gzip", text) + "more", 1 << 20), Error);
  EXPECT_THROW(DecodedHash("br"), Error);
}

}  // namespace
}  // namespace aml::miner
