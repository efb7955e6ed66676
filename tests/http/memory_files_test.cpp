#include "http/memory_files.h"

#include <gtest/gtest.h>
#include <unistd.h>

namespace aml::http {
namespace {

TEST(MemoryFiles, ComeWithTheSecondRequestForABody) {
  MemoryFiles files;
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

TEST(MemoryFiles, GoAfterTheirBody) {
  MemoryFiles files;
  Body body = make_body(std::string(MemoryFiles::kLeast, 'x'));
  files.find(body);
  files.make(body);
  const std::weak_ptr<const MemoryFile> file = files.find(body).file;
  body.reset();
  files.find(make_body("y"));
  EXPECT_TRUE(file.expired());
}

}  // namespace
}  // namespace aml::http
