// aml-miner mcp --output-root ./output --input-root ./input
//
// Answers a program that talks with a language model, over standard input and output, in the Model
// Context Protocol: the same answers as `serve`, to be read and nothing else.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <string_view>
#include <vector>

#include "api/service.h"
#include "base/files.h"
#include "base/log.h"
#include "commands/command.h"
#include "commands/shared_options.h"
#include "commands/shown_options.h"
#include "http/budget.h"
#include "mcp/channel.h"
#include "mcp/server.h"
#include "mcp/tools.h"

namespace aml::commands {

namespace {

void answer_messages(const ShownSettings& settings) {
  settings.check_networks();
  settings.check_folders();
  http::Budget budget(settings.cache_mb * kBytesPerMb);
  const auto service =
      all_services(settings, settings.service_options(budget),
                   [](const auto& shown) { return std::make_unique<api::Service>(shown); });
  const std::vector<mcp::Tool> tools = mcp::api_tools_of(settings.networks);
  const mcp::Server server({tools});
  const auto ask = [&](const std::string& target) {
    http::Request request{.method = "GET", .target = target};
    request.fields.add("Accept-Encoding", "identity");
    return service->answer(request);
  };
  log::info("messages are read from standard input", {{"output_root", settings.output_root}});
  mcp::serve_lines(server, ask, STDIN_FILENO, [](std::string_view line) { print(line); });
}

}  // namespace

Action declare_mcp(CLI::App& app) {
  const auto settings = std::make_shared<ShownSettings>();
  declare_shown_options(app, *settings);
  return [settings] { answer_messages(*settings); };
}

}  // namespace aml::commands
