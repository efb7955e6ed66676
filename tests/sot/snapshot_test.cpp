#include "sot/snapshot.h"

#include <gmock/gmock.h>

#include "base/error.h"
#include "base/hash.h"

namespace aml::sot {
namespace {

using ::testing::HasSubstr;

const std::string kMd5(32, 'a');
const std::string kSha256(64, 'b');

SnapshotMeta parse(const std::string& json) { return SnapshotMeta::parse(json, "META.json"); }

void expect_refused(const std::string& json, const std::string& word) {
  try {
    parse(json);
    FAIL() << json;
  } catch (const Error& e) {
    EXPECT_EQ(e.kind(), ErrorKind::bad_input);
    EXPECT_THAT(e.what(), HasSubstr(word));
    EXPECT_THAT(e.what(), HasSubstr("META.json"));
  }
}

TEST(SnapshotMeta, ReadsChecksumsWhereverTheyStand) {
  const SnapshotMeta meta =
      parse(R"({"network":"bitcoin","processing_date":"2025-10-26","window_days":7,
      "files":{"alerts.parquet":{"md5":")" +
            kMd5 + R"(","size":12},"clusters.parquet":")" + kMd5 +
            R"("},"sha256":{"alerts.parquet":")" + kSha256 + R"("}})");
  EXPECT_EQ(meta.network, "bitcoin");
  EXPECT_EQ(meta.processing_date, "2025-10-26");
  EXPECT_EQ(meta.window_days, 7);
  EXPECT_EQ(meta.files.at("alerts.parquet").size, 12U);
  EXPECT_EQ(meta.files.at("alerts.parquet").md5, kMd5);
  EXPECT_EQ(meta.files.at("alerts.parquet").sha256, kSha256);
  EXPECT_EQ(meta.files.at("clusters.parquet").md5, kMd5);
}

TEST(SnapshotMeta, TakesWhatIsNotThereAsUnknown) {
  const SnapshotMeta meta = parse(R"({"files":{"alerts.parquet":{"md5":null}}})");
  EXPECT_EQ(meta.network, "");
  EXPECT_FALSE(meta.files.at("alerts.parquet").md5);
  EXPECT_FALSE(meta.files.at("alerts.parquet").size);
}

TEST(SnapshotMeta, SurvivesBeingWrittenAndRead) {
  SnapshotMeta meta{"bitcoin", "2025-10-26", 7, {}};
  meta.files["alerts.parquet"] = {12, kMd5, kSha256};
  const SnapshotMeta again = parse(meta.to_json());
  EXPECT_EQ(again.window_days, 7);
  EXPECT_EQ(again.files.at("alerts.parquet").sha256, kSha256);
  EXPECT_EQ(again.to_json(), meta.to_json());
}

TEST(SnapshotMeta, RefusesWhatIsNoMeta) {
  expect_refused("", "not a JSON object");
  expect_refused("[]", "not a JSON object");
  expect_refused(R"({"window_days":"7"})", "window_days");
  expect_refused(R"({"network":7})", "network");
  expect_refused(R"({"files":[]})", "files");
  expect_refused(R"({"files":{"a.parquet":{"md5":"xyz"}}})", "files.a.parquet.md5");
  expect_refused(R"({"files":{"a.parquet":{"size":-1}}})", "files.a.parquet.size");
}

TEST(SnapshotMeta, RefusesNamesThatLeadElsewhere) {
  for (const char* name : {"../x.parquet", "/etc/x.parquet", ".hidden", "a\\\\b"}) {
    expect_refused(std::string(R"({"files":{")") + name + R"(":{}}})", "no name of a file");
  }
}

TEST(SnapshotSha256, NamesTheFourFilesInOrder) {
  const std::string a(64, '1');
  const std::string b(64, '2');
  EXPECT_EQ(snapshot_sha256({{"features.parquet", b}, {"alerts.parquet", a}, {"other.parquet", b}}),
            hash_text(HashKind::sha256, a + "  alerts.parquet\n" + b + "  features.parquet\n"));
}

TEST(SnapshotMeta, IsBounded) {
  const auto refusal = [](const std::string& text) -> std::string {
    try {
      SnapshotMeta::parse(text, "here");
    } catch (const Error& e) {
      EXPECT_EQ(e.kind(), ErrorKind::bad_input);
      return e.what();
    }
    return "";
  };
  EXPECT_THAT(refusal("{\"a\": " + std::string(100'000, '[')), ::testing::HasSubstr("deep"));
  const auto nested = [](std::size_t levels) {
    return "{\"a\": " + std::string(levels - 1, '[') + std::string(levels - 1, ']') + "}";
  };
  EXPECT_EQ(refusal(nested(16)), "");
  EXPECT_THAT(refusal(nested(17)), ::testing::HasSubstr("deep"));
  EXPECT_THAT(refusal("{\"a\": \"" + std::string(kMostMetaBytes, 'x') + "\"}"),
              ::testing::HasSubstr("bytes"));
  std::string files;
  for (std::size_t i = 0; i <= kMostFiles; ++i) {
    files += (i == 0 ? "" : ",") + ("\"f" + std::to_string(i)) + ".parquet\": {}";
  }
  EXPECT_THAT(refusal("{\"files\": {" + files + "}}"), ::testing::HasSubstr("over 100 files"));
  EXPECT_THAT(refusal("{\"files\": {\"a\\u001b[31m.parquet\": {}}}"),
              ::testing::HasSubstr("?[31m.parquet' is no name of a file"));
}

}  // namespace
}  // namespace aml::sot
