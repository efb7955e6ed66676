#include "http/memory_files.h"

#include <gtest/gtest.h>
#include <unistd.h>

namespace aml::http {
namespace {

constexpr std::size_t kRoom = 64 << 20;

TEST(MemoryFiles, ComeWithTheSecondRequestForABody) {
  Budget budget(kRoom);
  MemoryFiles files(budget);
  const Body body = make_body(std::string(MemoryFiles::kLeast, 'x'));
  EXPECT_FALSE(files.find(body).should_make);
  EXPECT_TRUE(files.find(body).should_make);
  EXPECT_FALSE(files.find(body).should_make);  // somebody sees to it
  files.make(body);
  const auto found = files.find(body);
  ASSERT_TRUE(found.file);
  std::string bytes(body->size() + 1, '\0');
  EXPECT_EQ(::pread(found.file->descriptor(), bytes.data(), bytes.size(), 0),
            static_cast<ssize_t>(body->size()));
  bytes.pop_back();
  EXPECT_EQ(bytes, *body);
}

TEST(MemoryFile, HoldsItsBytesWhateverPagesTheyFill) {
  constexpr std::size_t kHugePage = 2 << 20;
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, kHugePage - 1, kHugePage,
                                 kHugePage + 1, 2 * kHugePage, 2 * kHugePage + 4097}) {
    std::string bytes(size, '\0');
    for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>('a' + i / 4096 % 26);
    const auto file = MemoryFile::make(bytes, {});
    ASSERT_TRUE(file);
    std::string found(size + 1, '\0');
    ASSERT_EQ(::pread(file->descriptor(), found.data(), found.size(), 0),
              static_cast<ssize_t>(size));
    found.pop_back();
    EXPECT_TRUE(found == bytes) << size;
  }
}

TEST(MemoryFiles, GoAfterTheirBody) {
  Budget budget(kRoom);
  MemoryFiles files(budget);
  Body body = make_body(std::string(MemoryFiles::kLeast, 'x'));
  files.find(body);
  files.make(body);
  const std::weak_ptr<const MemoryFile> file = files.find(body).file;
  body.reset();
  files.find(make_body("y"));
  EXPECT_TRUE(file.expired());
}

TEST(MemoryFiles, TakeNoMemoryThatIsNotThere) {
  Budget budget(Budget::kLeastBytes);
  MemoryFiles files(budget);
  Body body = make_body(std::string(MemoryFiles::kLeast, 'x'));
  files.find(body);
  {
    const auto taken = budget.charge(Budget::kLeastBytes - 1);
    files.make(body);
    EXPECT_FALSE(files.find(body).file);
  }
  files.make(body);
  EXPECT_EQ(budget.bytes(), body->size());
  // What nobody sends any more is given up for others.
  body.reset();
  const auto taken = budget.charge(Budget::kLeastBytes);
  EXPECT_EQ(taken.bytes(), Budget::kLeastBytes);
}

}  // namespace
}  // namespace aml::http
