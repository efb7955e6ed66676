#include "base/hash.h"

#include <gtest/gtest.h>

#include "base/files.h"
#include "scratch_folder.h"

namespace aml {
namespace {

TEST(Hash, EqualsThePublishedVectors) {
  EXPECT_EQ(hash_text(HashKind::md5, "abc"), "900150983cd24fb0d6963f7d28e17f72");
  EXPECT_EQ(hash_text(HashKind::sha256, "abc"),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Hash, OfAFileEqualsThatOfItsBytes) {
  const test::ScratchFolder scratch;
  const std::string bytes(3'000'000, 'x');
  write_file_atomically(scratch / "a", bytes);
  const FileHashes both = hash_file_both(scratch / "a");
  EXPECT_EQ(both.md5, hash_text(HashKind::md5, bytes));
  EXPECT_EQ(both.sha256, hash_text(HashKind::sha256, bytes));
  EXPECT_EQ(both.sha256, hash_file(HashKind::sha256, scratch / "a"));
}

// RFC 4231, test case 2.
TEST(Hash, HmacEqualsThePublishedVector) {
  const std::string mac = hmac_sha256("Jefe", "what do ya want for nothing?");
  EXPECT_EQ(static_cast<unsigned char>(mac.front()), 0x5b);
  EXPECT_EQ(static_cast<unsigned char>(mac.back()), 0x43);
  EXPECT_EQ(mac.size(), 32u);
}

}  // namespace
}  // namespace aml
