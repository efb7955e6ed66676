#include "validator/body_store.h"

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>

#include "../base/scratch_folder.h"
#include "base/error.h"
#include "base/files.h"
#include "base/hash.h"

namespace aml::validator {
namespace {

using test::ScratchFolder;

namespace fs = std::filesystem;

std::string read_back(const BodyStore& store, const std::string& sha256, std::size_t size) {
  std::string body(size, '?');
  store.read(sha256, body);
  return body;
}

std::string keep(const BodyStore& store, const std::string& body) {
  auto incoming = store.receive();
  for (std::size_t at = 0; at < body.size(); at += 1000) incoming->write(body.substr(at, 1000));
  return incoming->keep();
}

TEST(BodyStore, GivesBackWhatItWasGivenUnderItsSha256) {
  const ScratchFolder folder;
  const BodyStore store(folder.path());
  std::string body;
  for (int i = 0; i < 100'000; ++i) body += std::to_string(i * 7919 % 1000) + ",";
  const std::string sha256 = keep(store, body);
  EXPECT_EQ(sha256, hash_text(HashKind::sha256, body));
  EXPECT_EQ(read_back(store, sha256, body.size()), body);
  EXPECT_LT(fs::file_size(store.path_of(sha256)), body.size());
  EXPECT_EQ(read_back(store, keep(store, ""), 0), "");
}

TEST(BodyStore, RemovesABody) {
  const ScratchFolder folder;
  const BodyStore store(folder.path());
  const std::string sha256 = keep(store, "old");
  keep(store, "new");
  store.remove(sha256);
  EXPECT_FALSE(fs::exists(store.path_of(sha256)));
  EXPECT_NO_THROW(store.remove(sha256));
  EXPECT_EQ(read_back(store, keep(store, "new"), 3), "new");
}

TEST(BodyStore, RemovesWhatNobodyNamesOnceItIsOld) {
  const ScratchFolder folder;
  const BodyStore store(folder.path());
  const std::string named = keep(store, "named");
  const std::string other = keep(store, "of a row that was never written");
  const std::string young = keep(store, "of a row that is being written");
  const auto now = fs::file_time_type::clock::now();
  for (const std::string& old : {named, other}) {
    fs::last_write_time(store.path_of(old), now - std::chrono::days(10));
  }
  store.remove_others({named}, std::chrono::system_clock::now() - std::chrono::days(9));
  EXPECT_TRUE(fs::exists(store.path_of(named)));
  EXPECT_FALSE(fs::exists(store.path_of(other)));
  EXPECT_TRUE(fs::exists(store.path_of(young)));
  keep(store, "of a row that was never written");
  store.remove_others({named}, std::chrono::system_clock::now() - std::chrono::days(9));
  EXPECT_TRUE(fs::exists(store.path_of(other)));
}

TEST(BodyStore, ForgetsWhatWasNotKept) {
  const ScratchFolder folder;
  const BodyStore store(folder.path());
  {
    store.receive()->write("half a body");
  }
  for (const auto& entry : fs::recursive_directory_iterator(folder.path())) {
    EXPECT_TRUE(entry.is_directory()) << entry.path();
  }
}

TEST(BodyStore, TellsItsFormatToThoseWhoReadItLater) {
  const ScratchFolder folder;
  const BodyStore store(folder.path());
  const std::string sha256 = keep(store, "a body");
  std::string bytes = read_file(store.path_of(sha256));
  ASSERT_GT(bytes.size(), 12U);
  EXPECT_EQ(bytes.substr(0, 12), std::string("\x50\x2a\x4d\x18\4\0\0\0\1\0\0\0", 12));
  write_file_atomically(store.path_of(sha256), bytes.substr(12));
  EXPECT_EQ(read_back(store, sha256, 6), "a body") << "as earlier programs wrote it";
  bytes[8] = 2;
  write_file_atomically(store.path_of(sha256), bytes);
  EXPECT_THROW(read_back(store, sha256, 6), Error) << "a newer program's";
}

TEST(BodyStore, RefusesADamagedBody) {
  const ScratchFolder folder;
  const BodyStore store(folder.path());
  const std::string body = "scores and more scores, and then some scores";
  const std::string sha256 = keep(store, body);
  EXPECT_THROW(read_back(store, sha256, body.size() - 1), Error);
  EXPECT_THROW(read_back(store, sha256, body.size() + 1), Error);
  const fs::path path = store.path_of(sha256);
  const std::string other(body.size(), 'o');
  fs::copy_file(store.path_of(keep(store, other)), path, fs::copy_options::overwrite_existing);
  EXPECT_THROW(read_back(store, sha256, body.size()), Error);
  std::ofstream(path, std::ios::trunc) << "no zstd";
  EXPECT_THROW(read_back(store, sha256, body.size()), Error);
  fs::remove(path);
  EXPECT_THROW(read_back(store, sha256, body.size()), Error);
  fs::create_directories(path / "folder");
  EXPECT_THROW(read_back(store, sha256, body.size()), Error);
  EXPECT_EQ(keep(store, body), sha256);
  EXPECT_EQ(read_back(store, sha256, body.size()), body) << "what comes again mends it";
}

}  // namespace
}  // namespace aml::validator
