#pragma once

#include <filesystem>
#include <string>

namespace CLI {
class App;
}

namespace aml::commands {

// Which hotkey a command signs with.
struct WalletOptions {
  std::string root = "~/.bittensor/wallets";
  std::string wallet = "default";
  std::string hotkey = "default";
  std::string hotkey_file;  // empty: that of the names above
  std::filesystem::path file() const;
};

// `hotkey_option`: "--hotkey", unless the command means another's hotkey by that.
void declare_wallet_options(CLI::App& app, WalletOptions& options,
                            const std::string& hotkey_option = "--hotkey");

}  // namespace aml::commands
