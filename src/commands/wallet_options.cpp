#include "commands/wallet_options.h"

#include <CLI/CLI.hpp>

#include "bittensor/wallet.h"

namespace aml::commands {

std::filesystem::path WalletOptions::file() const {
  return hotkey_file.empty() ? bittensor::hotkey_path(root, wallet, hotkey)
                             : std::filesystem::path(hotkey_file);
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
  app.add_option("--hotkey-file", options.hotkey_file,
                 "File of that hotkey, wherever it lies, such as a credential of systemd (default: "
                 "that of the three names)")
      ->option_text("FILE")
      ->envname("AML_HOTKEY_FILE");
}

}  // namespace aml::commands
