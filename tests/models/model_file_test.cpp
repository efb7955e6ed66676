#include "models/model_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "base/file_system.h"
#include "example.h"

namespace aml::models {
namespace {

TEST(ModelFile, TakesTheHighestVersionByNumber) {
  const TemporaryFolder folder;
  for (const char* name :
       {"alert_scorer_v1.9.0.txt", "alert_scorer_v1.10.0.txt", "alert_scorer_v1.10.0.json",
        "alert_scorer_v2.0.0-rc1.txt", "alert_scorer_v.txt", "alert_ranker_v3.0.0.txt"}) {
    write_file_atomically(folder.path() / name, "");
  }
  const ModelFile found = find_model(folder.path(), kAlertScorer);
  EXPECT_EQ(found.version, "1.10.0");
  EXPECT_EQ(found.path.filename(), "alert_scorer_v1.10.0.txt");
}

TEST(ModelFile, NamesFolderAndFileWhereThereIsNone) {
  const TemporaryFolder folder;
  try {
    find_model(folder.path(), kClusterScorer);
    FAIL() << "a model was found";
  } catch (const Error& e) {
    EXPECT_EQ(e.kind(), ErrorKind::not_found);
    EXPECT_THAT(e.what(), ::testing::HasSubstr(folder.path().string()));
    EXPECT_THAT(e.what(), ::testing::HasSubstr("cluster_scorer_v1.0.0.txt"));
  }
}

TEST(ModelFile, KnowsAVersion) {
  EXPECT_TRUE(is_version("1.0.0"));
  EXPECT_FALSE(is_version(""));
  EXPECT_FALSE(is_version("1..0"));
  EXPECT_FALSE(is_version("../1"));
  EXPECT_FALSE(is_version("1.0.0.0.0"));
}

TEST(ModelFile, OfANetworkIsInAFolderOfItsName) {
  const TemporaryFolder folder;
  const std::filesystem::path& path = folder.path();
  make_folders(path / "bitcoin");
  make_folders(path / "torus");
  write_file_atomically(path / "bitcoin" / "alert_scorer_v1.0.0.txt", "");
  EXPECT_EQ(models_of_network(path, "bitcoin"), path / "bitcoin");
  EXPECT_EQ(models_of_network(path, "torus"), path);  // no alert scorer
  EXPECT_EQ(models_of_network(path, ""), path);
  EXPECT_EQ(models_of_network(path / "torus", "../bitcoin"), path / "torus");
  EXPECT_EQ(models_of_network(path, "."), path);
}

}  // namespace
}  // namespace aml::models
