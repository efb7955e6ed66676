#include "commands/wallet_options.h"

#include <CLI/CLI.hpp>

#include "bittensor/wallet.h"

namespace aml::commands {

std::filesystem::path WalletOptions::file() const {
  return bittensor::hotkey_path(root, wallet, hotkey);
}

void declare_wallet_options(CLI::App& app, WalletOptions& options,
                            const std::string& hotkey_option) {
  app.add_option("--wallet-path", options.root,
                 "Folder of the wallets (default: ~/.bittensor/wallets)")
      ->option_text("DIR")
      ->envname("AML_WALLET_PATH");
  app.add_option("--wallet", options.wallet, "The wallet's name (default: default)")
      ->option_text("NAME")
      ->envname("AML_WALLET");
  app.add_option(hotkey_option, options.hotkey,
                 "Name of the hotkey in the wallet that signs (default: default)")
      ->option_text("NAME")
      ->envname("AML_HOTKEY");
}

}  // namespace aml::commands
