#include "api/archive.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "../results/example.h"

namespace aml::api {
namespace {

using ::testing::HasSubstr;
namespace fs = std::filesystem;

const Date kDay = *Date::parse("2025-10-26");

void replace_batch(const fs::path& root) {
  results::publish(root, ".next", "2025-10-26");
  fs::rename(root / "2025-10-26", root / ".old");
  fs::rename(root / ".next", root / "2025-10-26");
  fs::remove_all(root / ".old");
}

TEST(Archive, SeesBatchesComeAndGo) {
  const results::TemporaryFolder root;
  const Archive archive(root.path());
  EXPECT_EQ(archive.newest(), nullptr);
  results::publish(root.path(), "2025-10-25", "2025-10-25");
  EXPECT_EQ(archive.newest()->date.text(), "2025-10-25");
  results::publish(root.path(), "2025-10-26", "2025-10-26");
  EXPECT_EQ(archive.newest()->date.text(), "2025-10-26");
  EXPECT_EQ(archive.dates().size(), 2U);
  fs::remove_all(root.path() / "2025-10-26");
  EXPECT_EQ(archive.newest()->date.text(), "2025-10-25");
  EXPECT_EQ(archive.find(kDay).day, nullptr);
  EXPECT_EQ(archive.find(kDay).problem, "");
}

TEST(Archive, HidesHeldDaysAsLongAsTheyAreHeld) {
  const results::TemporaryFolder root;
  results::publish(root.path(), "2025-10-25", "2025-10-25");
  results::publish(root.path(), "2025-10-26", "2025-10-26");
  bool is_held = true;
  const Archive archive(root.path(), [&](Date date) { return is_held && date == kDay; });
  EXPECT_EQ(archive.newest()->date.text(), "2025-10-25");
  EXPECT_EQ(archive.find(kDay).day, nullptr);
  EXPECT_EQ(archive.find(kDay).problem, "");
  EXPECT_EQ(archive.dates().size(), 1U);
  is_held = false;
  EXPECT_EQ(archive.newest()->date.text(), "2025-10-26");
  EXPECT_EQ(archive.dates().size(), 2U);
}

TEST(Archive, TellsAReplacedBatchFromTheOldOne) {
  const results::TemporaryFolder root;
  const Archive archive(root.path());
  results::publish(root.path(), "2025-10-26", "2025-10-26");
  const auto before = archive.find(kDay).day;
  EXPECT_EQ(archive.find(kDay).day, before);
  EXPECT_TRUE(Archive::is_current(*before));
  replace_batch(root.path());
  EXPECT_FALSE(Archive::is_current(*before));
  const auto after = archive.find(kDay).day;
  EXPECT_NE(after->identity, before->identity);
  EXPECT_TRUE(Archive::is_current(*after));
}

TEST(Archive, PassesOverWhatIsNoBatch) {
  const results::TemporaryFolder root;
  const Archive archive(root.path() / "nowhere");
  EXPECT_TRUE(archive.dates().empty());
  const Archive present(root.path());
  results::publish(root.path(), ".2025-10-26.staging", "2025-10-26");
  results::publish(root.path(), "backup", "2025-10-26");
  fs::create_directory(root.path() / "2025-10-27");
  std::ofstream(root.path() / "2025-10-28") << "a file";
  EXPECT_TRUE(present.dates().empty());
  EXPECT_EQ(present.newest(), nullptr);
}

TEST(Archive, NamesTheFileThatMakesAFolderNoBatch) {
  const results::TemporaryFolder root;
  const Archive archive(root.path());
  const fs::path batch = results::publish(root.path(), "2025-10-26", "2025-10-26");
  fs::remove(batch / results::kAlertsRankedFile);
  EXPECT_THAT(archive.find(kDay).problem, HasSubstr("alerts_ranked.parquet of 2025-10-26"));
  results::publish(root.path(), "2025-10-26", "2025-10-25");
  EXPECT_THAT(archive.find(kDay).problem, HasSubstr("another day"));
  results::publish(root.path(), "2025-10-26", "2025-10-26");
  EXPECT_NE(archive.find(kDay).day, nullptr);
  std::ofstream(batch / results::kMetadataFile) << "{";
  const Found found = archive.find(kDay);
  EXPECT_EQ(found.day, nullptr);
  EXPECT_THAT(found.problem, HasSubstr("metadata.json of 2025-10-26"));
  EXPECT_THAT(found.problem, ::testing::Not(HasSubstr(root.path().string())));
  EXPECT_EQ(archive.newest(), nullptr);
}

TEST(Archive, PublishesNothingThatLiesOutOfItsRoot) {
  const results::TemporaryFolder folder;
  const fs::path root = folder.path() / "root";
  const fs::path batch = results::publish(root, "2025-10-26", "2025-10-26");
  fs::create_directory_symlink("root", folder.path() / "alias");
  const Archive archive(root);
  const Archive alias(folder.path() / "alias");
  EXPECT_NE(archive.find(kDay).day, nullptr);
  EXPECT_NE(alias.find(kDay).day, nullptr);
  for (const char* file : {results::kMetadataFile, results::kAlertsScoredFile,
                           results::kAlertsRankedFile, results::kClustersScoredFile}) {
    fs::rename(batch / file, folder.path() / "outside");
    fs::create_symlink("../../outside", batch / file);
    EXPECT_THAT(archive.find(kDay).problem, HasSubstr(file));
    EXPECT_THAT(alias.find(kDay).problem, HasSubstr("symbolic link"));
    fs::remove(batch / file);
    fs::rename(folder.path() / "outside", root / "inside");
    fs::create_symlink("../inside", batch / file);
    EXPECT_NE(archive.find(kDay).day, nullptr);
    fs::remove(batch / file);
    fs::rename(root / "inside", batch / file);
  }
  fs::rename(batch, folder.path() / "outside");
  fs::create_directory_symlink("../outside", batch);
  EXPECT_THAT(archive.find(kDay).problem, HasSubstr("the folder of 2025-10-26"));
  EXPECT_EQ(archive.newest(), nullptr);
}

}  // namespace
}  // namespace aml::api
