#include "miner/posted_commitments.h"

#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <string>
#include <vector>

#include "../http/running_server.h"
#include "base/date.h"
#include "base/deadline.h"
#include "base/error.h"
#include "base/files.h"
#include "base/scratch_folder.h"
#include "bittensor/posted_commitment.h"

namespace aml::miner {
namespace {

using bittensor::Keypair;

constexpr std::uint16_t kNetuid = 7;
const std::string kDay = "2025-10-26";
const std::int64_t kDeadline = deadline_ms(Date::require(kDay, "a day"));

std::string entry(char digit, const std::string& date = kDay) {
  return bittensor::entry_of({date, std::string(64, digit)});
}

// A validator that answers with a status.
class Desk : public http::Handler {
 public:
  std::atomic<int> status{200};
  std::atomic<int> posts{0};

  std::optional<http::Response> answer_now(http::Request&) override {
    ++posts;
    if (status != 200) return http::refusal(status, "no");
    return http::Response{
        .body = http::make_body("{\"received_at_ms\":" + std::to_string(kDeadline - 60'000) + "}")};
  }
  http::Response answer(http::Request&) override { return http::refusal(500, "not asked"); }
};

class PostedCommitmentsTest : public testing::Test {
 protected:
  ~PostedCommitmentsTest() override {
    first_.stop();
    second_.wait();
  }
  PostedCommitments chain() {
    PostingOptions options;
    options.file = folder_ / "received.json";
    for (const auto& [name, server] : {std::pair{"//Alice", &first_}, {"//Eve", &second_}}) {
      options.receivers.push_back(
          {Keypair::from_dev_uri(name).ss58(), "127.0.0.1", server->port()});
    }
    options.now_ms = [this] { return now_ms_; };
    return {Keypair::from_dev_uri("//Bob"), std::move(options)};
  }
  static std::size_t standing(PostedCommitments& chain) {
    const auto logs = chain.commitments(kNetuid);
    return logs.empty() ? 0 : logs.begin()->second.size();
  }

  test::ScratchFolder folder_;
  std::int64_t now_ms_ = kDeadline - 3'600'000;
  Desk alice_;
  Desk eve_;
  http::test::Served first_{alice_};
  http::test::Served second_{eve_};  // one signal stops both
};

TEST_F(PostedCommitmentsTest, WhoWasAwayIsToldLater) {
  eve_.status = 503;
  auto chain = this->chain();
  EXPECT_TRUE(chain.commit(kNetuid, entry('a')).accepted);
  EXPECT_EQ(standing(chain), 1U);
  chain.finish_commits();
  EXPECT_EQ(alice_.posts, 1);
  EXPECT_EQ(eve_.posts, 2);
  eve_.status = 200;
  auto again = this->chain();  // after a restart
  EXPECT_EQ(standing(again), 1U);
  again.finish_commits();
  again.finish_commits();
  EXPECT_EQ(alice_.posts, 1);
  EXPECT_EQ(eve_.posts, 3);
}

TEST_F(PostedCommitmentsTest, ADayHasOneRoot) {
  auto chain = this->chain();
  ASSERT_TRUE(chain.commit(kNetuid, entry('a')).accepted);
  EXPECT_FALSE(chain.commit(kNetuid, entry('b')).accepted);
  EXPECT_EQ(alice_.posts, 1);
  EXPECT_TRUE(chain.is_first_final());
}

TEST_F(PostedCommitmentsTest, WhatIsRefusedForGoodIsNotSentAgain) {
  alice_.status = 409;
  eve_.status = 410;
  auto chain = this->chain();
  EXPECT_FALSE(chain.commit(kNetuid, entry('a')).accepted);
  EXPECT_EQ(standing(chain), 0U);
  chain.finish_commits();
  const auto receipt = chain.commit(kNetuid, entry('a'));
  EXPECT_EQ(receipt.message, "every validator refused it for good");
  EXPECT_TRUE(receipt.is_lasting && receipt.is_certain);
  EXPECT_EQ(alice_.posts + eve_.posts, 2);
}

TEST_F(PostedCommitmentsTest, OneRefusalForGoodIsNotThatOfAll) {
  alice_.status = 409;
  eve_.status = 503;
  auto chain = this->chain();
  const auto receipt = chain.commit(kNetuid, entry('a'));
  EXPECT_FALSE(receipt.accepted || receipt.is_lasting);
  EXPECT_EQ(receipt.message, Keypair::from_dev_uri("//Eve").ss58() + ": status 503 no");
  eve_.status = 200;
  chain.finish_commits();
  EXPECT_EQ(standing(chain), 1U);
}

TEST_F(PostedCommitmentsTest, IsSentUntilTheDeadlineIsLongOver) {
  alice_.status = eve_.status = 503;
  auto chain = this->chain();
  EXPECT_FALSE(chain.commit(kNetuid, entry('a')).is_certain);
  now_ms_ = kDeadline + 3'600'000;
  chain.finish_commits();
  EXPECT_EQ(alice_.posts, 1);
}

TEST_F(PostedCommitmentsTest, KeepsTheNewestRoots) {
  auto chain = this->chain();
  const Date day = Date::require(kDay, "a day");
  for (int i = 0; i < 12; ++i) chain.commit(kNetuid, entry('a', day.plus_days(i).text()));
  EXPECT_EQ(standing(chain), PostedCommitments::kKeptRoots);
}

TEST_F(PostedCommitmentsTest, ADamagedFileIsSaid) {
  const std::filesystem::path file = folder_ / "received.json";
  const auto of = [](const std::string& date, const std::string& root) {
    return R"({"format_version":1,"roots":[{"processing_date":")" + date + R"(","root":")" + root +
           R"(","received":{}}]})";
  };
  const std::string root(64, 'a');
  for (const std::string& text :
       {std::string("{"), std::string("[]"), of("2025-13-01", root), of("", root),
        of(kDay, root.substr(1)), of(kDay, std::string(64, 'A'))}) {
    write_file_atomically(file, text);
    try {
      chain();
      ADD_FAILURE() << text;
    } catch (const Error& e) {
      EXPECT_EQ(e.kind(), ErrorKind::bad_input) << text;
      EXPECT_TRUE(std::string(e.what()).starts_with(file.string() + " is damaged")) << e.what();
    }
  }
  write_file_atomically(file, of(kDay, root));
  EXPECT_NO_THROW(chain());
}

TEST(Receiver, IsNamedWithItsHotkey) {
  const std::string hotkey = Keypair::from_dev_uri("//Alice").ss58();
  const Receiver receiver = Receiver::parse(hotkey + "@[::1]:90");
  EXPECT_EQ(receiver.host, "::1");
  EXPECT_EQ(receiver.port, 90);
  for (const std::string& text :
       {std::string("a@b:1"), hotkey, hotkey + "@host", std::string("@host:1")}) {
    EXPECT_THROW(Receiver::parse(text), Error) << text;
  }
}

}  // namespace
}  // namespace aml::miner
