#include "base/secrets.h"

#include <gtest/gtest.h>

namespace aml::log {
namespace {

TEST(Secrets, AreHiddenTheLongerOnesFirst) {
  Secrets secrets;
  secrets.add("key-1");
  secrets.add("key-1-and-more");
  secrets.add("key-1");
  EXPECT_EQ(secrets.hidden_in("key-1-and-more, key-1key-1"), "***, ******");
}

TEST(Secrets, AreForgottenFromTheOldestOn) {
  Secrets secrets(3);
  for (const char* secret : {"first", "second", "third", "second", "the fourth"}) {
    secrets.add(secret);
  }
  EXPECT_EQ(secrets.hidden_in("first second third the fourth"), "first *** *** ***");
}

}  // namespace
}  // namespace aml::log
