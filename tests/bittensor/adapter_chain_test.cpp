#include "bittensor/adapter_chain.h"

#include <gtest/gtest.h>
#include <signal.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>

#include "base/error.h"
#include "base/files.h"
#include "base/scratch_folder.h"

namespace aml::bittensor {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

// Neither answers, nor ends when its input does.
TEST(AdapterChain, IsGivenUpAndKilledWhereItDoesNotAnswer) {
  const test::ScratchFolder scratch;
  const fs::path program = scratch / "adapter";
  const fs::path pid_file = scratch / "pid";
  std::ofstream(program) << "#!/bin/sh\necho $$ > " << pid_file.string() << ".new\nmv "
                         << pid_file.string() << ".new " << pid_file.string()
                         << "\nexec sleep 3600\n";
  fs::permissions(program, fs::perms::owner_all);
  ChainOptions options;
  options.adapter_command = program;
  options.timeout = 500ms;
  AdapterChain chain(options);
  const auto begin = std::chrono::steady_clock::now();
  try {
    while (!file_size_if_exists(pid_file)) chain.block();  // a slow machine has not begun by then
    FAIL() << "it answered";
  } catch (const Error& e) {
    EXPECT_EQ(e.kind(), ErrorKind::unavailable);
    EXPECT_STREQ(e.what(), "the chain adapter does not answer");
  }
  EXPECT_GE(std::chrono::steady_clock::now() - begin, 2s) << "it has some time to end";
  if (file_size_if_exists(pid_file)) {
    EXPECT_NE(::kill(std::stoi(read_file(pid_file)), 0), 0) << "it still runs";
  }
}

TEST(AdapterChain, WhoseAnswersAreOfOtherTypesIsAnError) {
  const test::ScratchFolder scratch;
  const fs::path program = scratch / "adapter";
  for (const char* answer : {R"({"error":"x","kind":5})", R"({"error":5})", R"({"result":[5]})",
                             R"({"result":"x"})", R"({"result":{"5F":[{"block":1,"bytes":5}]}})",
                             R"({"result":{"block":18446744073709551615}})",
                             R"({"result":{"neurons":[],"block":18446744073709551615}})"}) {
    std::ofstream(program) << "#!/bin/sh\nwhile read -r line; do echo '" << answer << "'; done\n";
    fs::permissions(program, fs::perms::owner_all);
    ChainOptions options;
    options.adapter_command = program;
    AdapterChain chain(options);
    EXPECT_THROW(chain.metagraph(7), Error) << answer;
    EXPECT_THROW(chain.set_weights(7, {{1}, {1.0}, 0}), Error) << answer;
    try {
      chain.commitments(7);
    } catch (const Error&) {  // another exception would end the program
    }
  }
}

}  // namespace
}  // namespace aml::bittensor
