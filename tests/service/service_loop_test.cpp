#include <gtest/gtest.h>

#include <csignal>

#include "../base/scratch_folder.h"
#include "base/error.h"
#include "base/files.h"
#include "base/threads.h"
#include "service/service.h"

namespace aml::service {
namespace {

using namespace std::chrono_literals;

// Looks at the SOT once an hour.
void configure(const test::ScratchFolder& folder, const std::string& sot) {
  write_file_atomically(folder / "run.toml",
                        "networks = [\"a\", \"b\"]\nsot = \"" + sot + "\"\ninput-root = \"" +
                            (folder / "input").string() + "\"\noutput-root = \"" +
                            (folder / "output").string() +
                            "\"\n[schedule]\npoll-seconds = 3600\n[serve]\nenabled = false\n");
}

TEST(Service, FollowsAHangupThatComesWhileItWorks) {
  const test::ScratchFolder folder;
  configure(folder, "first");
  catch_hangups();
  bool is_followed = false;
  const auto deadline = std::chrono::steady_clock::now() + 60s;  // an hour is no answer
  const StopScope scope(std::make_shared<const StopQuestion>(
      [&] { return is_followed || std::chrono::steady_clock::now() > deadline; }));
  Service service({.configuration_file = folder / "run.toml",
                   .open_sot = [&](const Configuration& c) -> std::unique_ptr<sot::ObjectStore> {
                     if (c.sot == "second") is_followed = true;
                     if (c.sot == "first" && c.network == "a") {
                       configure(folder, "second");
                       ::raise(SIGHUP);
                     }
                     throw Error(ErrorKind::unavailable, "nobody answers");
                   }});
  EXPECT_EQ(service.run(), 0);
  EXPECT_TRUE(is_followed);
}

}  // namespace
}  // namespace aml::service
