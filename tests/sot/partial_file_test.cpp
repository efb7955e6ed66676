#include "sot/partial_file.h"

#include <gmock/gmock.h>

#include <fstream>

#include "base/files.h"
#include "scratch_folder.h"

namespace aml::sot {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr std::uint64_t kPiece = PartialFile::kPieceSize;

// An object of two pieces and a half.
class PartialFileTest : public ::testing::Test {
 protected:
  PartialFileTest() {
    for (std::size_t i = 0; i < content_.size(); ++i) {
      content_[i] = static_cast<char>(i * 2654435761U >> 13);
    }
  }

  ObjectInfo object(const std::string& etag = "v1") const { return {content_.size(), etag, false}; }
  PartialFile open(const std::string& etag = "v1") {
    return PartialFile(path_, object(etag), HashKind::sha256);
  }
  void fetch(PartialFile& file, std::size_t index) {
    const auto piece = file.piece(index);
    file.write(piece.offset, std::string_view(content_).substr(piece.offset, piece.length));
    file.complete(index);
  }

  std::string content_ = std::string(kPiece * 5 / 2, '\0');
  test::ScratchFolder folder_;
  std::filesystem::path path_ = folder_.path() / "file";
  std::filesystem::path journal_ = folder_.path() / "file.pieces";
};

TEST_F(PartialFileTest, HasTheDigestWhateverTheOrderOfPieces) {
  PartialFile file = open();
  for (const std::size_t index : {2U, 0U, 1U}) {
    fetch(file, index);
  }
  EXPECT_THAT(file.missing(), IsEmpty());
  EXPECT_EQ(file.digest(), hash_text(HashKind::sha256, content_));
  EXPECT_EQ(read_file(path_), content_);
}

TEST_F(PartialFileTest, GoesOnWhereAnEarlierRunEnded) {
  {
    PartialFile file = open();
    fetch(file, 1);
  }
  PartialFile file = open();
  EXPECT_TRUE(file.resumed());
  EXPECT_THAT(file.missing(), ElementsAre(0, 2));
  fetch(file, 2);
  fetch(file, 0);
  EXPECT_EQ(file.digest(), hash_text(HashKind::sha256, content_));
}

TEST_F(PartialFileTest, BeginsAnewForAnotherObject) {
  {
    PartialFile file = open("v1");
    fetch(file, 1);
  }
  const PartialFile file = open("v2");
  EXPECT_FALSE(file.resumed());
  EXPECT_THAT(file.missing(), ElementsAre(0, 1, 2));
}

TEST_F(PartialFileTest, BeginsAnewWhereTheFileIsGone) {
  {
    PartialFile file = open();
    fetch(file, 1);
  }
  std::filesystem::remove(path_);
  EXPECT_THAT(open().missing(), ElementsAre(0, 1, 2));
}

TEST_F(PartialFileTest, PassesOverALineThatWasCutShort) {
  {
    PartialFile file = open();
    fetch(file, 1);
  }
  std::ofstream(journal_, std::ios::app) << "2";
  {
    PartialFile file = open();
    EXPECT_THAT(file.missing(), ElementsAre(0, 2));
    fetch(file, 0);
  }
  EXPECT_THAT(open().missing(), ElementsAre(2));
}

TEST_F(PartialFileTest, OfAnEmptyObjectHasNoPieces) {
  PartialFile file(path_, {0, "v1", false}, HashKind::md5);
  EXPECT_THAT(file.missing(), IsEmpty());
  EXPECT_EQ(file.digest(), hash_text(HashKind::md5, ""));
}

}  // namespace
}  // namespace aml::sot
