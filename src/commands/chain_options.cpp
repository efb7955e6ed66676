#include "commands/chain_options.h"

#include <CLI/CLI.hpp>

namespace aml::commands {

void declare_chain_options(CLI::App& app, ChainSettings& settings) {
  app.add_option("--netuid", settings.netuid, "Number of the subnet")
      ->option_text("N")
      ->envname("AML_NETUID");
  app.add_option("--chain", settings.chain.chain,
                 "adapter (the official SDK, see scripts/bootstrap --chain), fixture:FILE, "
                 "rpc:URL (reads only) or none (default: adapter)")
      ->option_text("CHAIN")
      ->envname("AML_CHAIN");
  app.add_option("--chain-network", settings.chain.network,
                 "Network or endpoint of the adapter: finney, test, ws://…; further ones behind "
                 "commas are asked where those before do not answer (default: finney)")
      ->option_text("NETWORK")
      ->envname("AML_CHAIN_NETWORK");
  app.add_option("--adapter-command", settings.chain.adapter_command,
                 "Program that speaks to the chain in place of the installed adapter")
      ->option_text("COMMAND")
      ->envname("AML_CHAIN_ADAPTER");
}

}  // namespace aml::commands
