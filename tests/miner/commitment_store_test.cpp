#include "miner/commitment_store.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "base/error.h"
#include "base/files.h"
#include "base/hash.h"
#include "base/scratch_folder.h"

namespace aml::miner {
namespace {

const std::string kList =
    R"({"processing_date":"2025-10-26","total":2,"scores":[)"
    R"({"alert_id":"b","score":0.5,"latency_ms":1.5,"explain":{"alert_id":"x","score":0.1,"scores":[{}]}},)"
    R"({"alert_id":"a","score":1,"latency_ms":1.5}],"more":[{"alert_id":"y","score":0}]})";

TEST(CanonicalBodyOf, TakesIdsAndScoresOfTheListAndNothingElse) {
  EXPECT_EQ(canonical_body_of("2025-10-26", kList),
            "aml-body/1\n2025-10-26\nalert_scores\n2\n"
            "1:a 3ff0000000000000\n1:b 3fe0000000000000\n");
}

TEST(CanonicalBodyOf, RefusesWhatIsNoSuchList) {
  for (const char* list :
       {"{", R"({"scores":[{"alert_id":"a"}]})", R"({"scores":[{"score":1}]})",
        R"({"scores":[{"alert_id":"a","score":2}]})",
        R"({"scores":[{"alert_id":"a","score":1},{"alert_id":"a","score":1}]})"}) {
    EXPECT_THROW(canonical_body_of("2025-10-26", list), Error) << list;
  }
}

KeptCommitment commitment(const std::string& date, std::int64_t sequence) {
  KeptCommitment kept;
  kept.answer.genesis_hash = "0x2f";
  kept.answer.netuid = 7;
  kept.answer.hotkey = "5F";
  kept.answer.network = "bitcoin";
  kept.answer.window_days = 7;
  kept.answer.processing_date = date;
  kept.answer.kind = "alert_scores";
  kept.answer.snapshot_sha256 = std::string(64, 'a');
  kept.answer.body_sha256 = std::string(64, 'b');
  kept.salt = std::string(64, static_cast<char>('0' + sequence));
  kept.list_sha256 = hash_text(HashKind::sha256, kList);
  kept.root = bittensor::commitment_root(kept.opening().leaves);
  kept.sequence = sequence;
  return kept;
}

TEST(CommitmentStore, KeepsSaltsAndBodiesOverRestarts) {
  const test::ScratchFolder folder;
  KeptCommitment second = commitment("2025-10-26", 2);
  {
    const CommitmentStore store(folder / "kept");
    store.keep(second, kList);
    store.keep(commitment("2025-10-26", 1), kList);
    second.sent_block = 17;
    store.note_sent(second);
    store.note_revealed("2025-10-26", {"5A", "5B"});
  }
  const CommitmentStore store(folder / "kept");
  EXPECT_EQ(store.dates(), std::vector<std::string>{"2025-10-26"});
  const auto kept = store.commitments("2025-10-26");
  ASSERT_EQ(kept.size(), 2u);
  EXPECT_EQ(kept[0].sequence, 1);
  EXPECT_EQ(kept[1].sent_block, 17u);
  EXPECT_EQ(kept[1].opening().to_text(), second.opening().to_text());
  EXPECT_EQ(store.body(kept[1]), kList);
  EXPECT_EQ(store.revealed_to("2025-10-26"), (std::set<std::string>{"5A", "5B"}));
  store.remove("2025-10-26");
  EXPECT_TRUE(store.dates().empty());
  EXPECT_TRUE(store.commitments("2025-10-26").empty());
}

TEST(CommitmentStore, PassesOverWhatIsDamaged) {
  const test::ScratchFolder folder;
  const CommitmentStore store(folder / "kept");
  const KeptCommitment kept = commitment("2025-10-26", 1);
  store.keep(kept, kList);
  write_file_atomically(folder / "kept" / "2025-10-26" / "x.json", "{");
  write_file_atomically(folder / "kept" / "2025-10-26" / "revealed.json", "{");
  EXPECT_EQ(store.commitments("2025-10-26").size(), 1u);
  EXPECT_TRUE(store.revealed_to("2025-10-26").empty());
  write_file_atomically(folder / "kept" / "2025-10-26" / (kept.root + ".body"), kList + " ");
  EXPECT_THROW(store.body(kept), Error);
}

TEST(CommitmentStore, ReadsNoBodyOfAnyLength) {
  const test::ScratchFolder folder;
  const CommitmentStore store(folder / "kept");
  const KeptCommitment kept = commitment("2025-10-26", 1);
  store.keep(kept, kList);
  const auto body = folder / "kept" / "2025-10-26" / (kept.root + ".body");
  std::filesystem::resize_file(body, (1ull << 30) + 1);  // a hole, which takes no space
  try {
    store.body(kept);
    ADD_FAILURE() << "it was read";
  } catch (const Error& e) {
    EXPECT_EQ(std::string(e.what()).find("damaged"), std::string::npos) << e.what();
    EXPECT_EQ(e.kind(), ErrorKind::bad_input);
  }
}

}  // namespace
}  // namespace aml::miner
