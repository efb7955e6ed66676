#include "commands/refusal_teller.h"

#include <gtest/gtest.h>

#include <mutex>
#include <nlohmann/json.hpp>
#include <vector>

#include "../http/running_server.h"
#include "base/error.h"
#include "base/files.h"
#include "scratch_folder.h"

namespace aml::commands {
namespace {

using validator::Ledger;
using validator::Sending;
using validator::Stage;
using Json = nlohmann::json;

class Listener : public http::Handler {
 public:
  std::optional<http::Response> answer_now(http::Request& /*request*/) override {
    return std::nullopt;
  }
  http::Response answer(http::Request& request) override {
    const std::lock_guard lock(mutex_);
    bodies_.push_back(Json::parse(request.body));
    return {};
  }
  std::vector<Json> bodies() {
    const std::lock_guard lock(mutex_);
    return bodies_;
  }

 private:
  std::mutex mutex_;
  std::vector<Json> bodies_;
};

TEST(RefusalTeller, TellsOnceOfWeightsThatTheChainRefuses) {
  const test::ScratchFolder folder;
  Ledger ledger(folder.path(), validator::SqlDatabase::Mode::read_write);
  Listener listener;
  http::test::Served server(listener);
  RefusalTeller teller({.url = server.url() + "/hook"}, "bitcoin", ledger);
  teller.look();  // there are none
  const auto intend = [&](const char* date) {
    validator::RoundRecord round;
    round.date = date;
    ledger.open_round(round);
    validator::WeightsRecord weights;
    weights.date = date;
    ledger.intend_weights(weights);
    teller.look();  // they are not sent yet
  };
  intend("2025-10-26");
  ledger.settle_weights("2025-10-26", Stage::day, Sending::refused, "NotEnoughStake", 0);
  teller.look();
  teller.look();
  intend("2025-10-27");
  ledger.settle_weights("2025-10-27", Stage::day, Sending::accepted, "", 5);
  teller.look();
  teller.finish();
  const auto told = listener.bodies();
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].at("event"), "weights.refused");
  EXPECT_EQ(told[0].at("network"), "bitcoin");
  EXPECT_EQ(told[0].at("processing_date"), "2025-10-26");
  EXPECT_EQ(told[0].at("reason"), "NotEnoughStake");
}

TEST(RefusalTeller, RefusesWhatWouldFailAtTheFirstMessage) {
  const test::ScratchFolder folder;
  Ledger ledger(folder.path(), validator::SqlDatabase::Mode::read_write);
  EXPECT_THROW(RefusalTeller({.secret_file = folder / "none"}, "bitcoin", ledger), Error);
  write_file_atomically(folder / "secret", "\nsecond line\n");
  EXPECT_THROW(RefusalTeller({.secret_file = folder / "secret"}, "bitcoin", ledger), Error);
  EXPECT_THROW(RefusalTeller({.url = "example.org/hook"}, "bitcoin", ledger), Error);
}

}  // namespace
}  // namespace aml::commands
