#include "http/builders.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

namespace aml::http {
namespace {

using ::testing::ElementsAre;

// One builder thread that is busy until told otherwise.
class BuildersTest : public ::testing::Test {
 protected:
  BuildersTest() {
    builders_.emplace(1, 3);
    std::promise<void> begun;
    builders_->post(0, [this, &begun] {
      begun.set_value();
      go_on_.get_future().wait();
    });
    begun.get_future().wait();
  }
  void finish() {
    go_on_.set_value();
    builders_.reset();
  }
  std::promise<void> go_on_;
  std::optional<Builders> builders_;
};

TEST_F(BuildersTest, TakeHigherPrioritiesFirst) {
  std::vector<int> order;
  builders_->post(1, [&] { order.push_back(1); });
  builders_->post(5, [&] { order.push_back(5); });
  builders_->post(1, [&] { order.push_back(11); });
  finish();
  EXPECT_THAT(order, ElementsAre(5, 1, 11));
}

TEST_F(BuildersTest, RefuseMoreThanMayWait) {
  int done = 0;
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(builders_->post(0, [&] { ++done; }));
  EXPECT_FALSE(builders_->post(9, [&] { done += 100; }));
  builders_->post_next(0, [&] { ++done; });
  finish();
  EXPECT_EQ(done, 4);
}

}  // namespace
}  // namespace aml::http
