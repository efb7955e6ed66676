// aml-miner wallet show|sign|verify|create
//
// A hotkey for people: its address, signatures by it, and signatures of others checked.
#include "bittensor/wallet.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <string>

#include "base/error.h"
#include "base/files.h"
#include "base/hex.h"
#include "commands/command.h"
#include "commands/wallet_options.h"

namespace aml::commands {

namespace {

struct WalletCommand {
  WalletOptions wallet;
  std::string message;
  std::string file;
  std::string ss58;
  std::string signature;
  std::string dev_uri;
};

std::string message_of(const WalletCommand& command) {
  return command.file.empty() ? command.message : read_file(command.file);
}

void show(const WalletCommand& command) {
  const auto path = command.wallet.file();
  const bittensor::Keypair key = bittensor::load_hotkey(path);
  print(fmt::format("file        {}\nss58        {}\npublic key  0x{}\n", path.string(), key.ss58(),
                    to_hex(key.public_key())));
}

void sign(const WalletCommand& command) {
  const bittensor::Keypair key = bittensor::load_hotkey(command.wallet.file());
  print(bittensor::signature_text(key.sign(message_of(command))) + "\n");
}

void verify(const WalletCommand& command) {
  const auto key = bittensor::ss58_decode(command.ss58);
  if (!key) throw Error(ErrorKind::usage, "--ss58 must be an ss58 address");
  bittensor::Signature signature;
  if (!from_hex(command.signature, signature)) {
    throw Error(ErrorKind::usage, "--signature must be 64 bytes in hex");
  }
  if (!bittensor::verify(*key, message_of(command), signature)) {
    throw Error(ErrorKind::bad_input,
                fmt::format("this is no signature of {} under that message", command.ss58));
  }
  print("valid\n");
}

void create(const WalletCommand& command) {
  const auto path = command.wallet.file();
  const bittensor::Keypair key = bittensor::create_hotkey(path, command.dev_uri);
  print(fmt::format("file        {}\nss58        {}\n", path.string(), key.ss58()));
}

void declare_message(CLI::App& app, WalletCommand& command) {
  auto* text =
      app.add_option("--message", command.message, "The text that is signed")->option_text("TEXT");
  auto* file = app.add_option("--file", command.file, "The file whose bytes are signed")
                   ->option_text("FILE")
                   ->excludes(text);
  text->excludes(file);
}

}  // namespace

Action declare_wallet(CLI::App& app) {
  const auto command = std::make_shared<WalletCommand>();
  declare_wallet_options(app, command->wallet);
  app.require_subcommand(1);
  app.fallthrough();
  const CLI::App* shows = app.add_subcommand("show", "Show a hotkey's address");
  CLI::App* signs = app.add_subcommand("sign", "Sign a text or a file with a hotkey");
  declare_message(*signs, *command);
  CLI::App* verifies = app.add_subcommand("verify", "Check anyone's signature");
  declare_message(*verifies, *command);
  verifies->add_option("--ss58", command->ss58, "Whose signature it should be")
      ->required()
      ->option_text("SS58");
  verifies->add_option("--signature", command->signature, "The signature, in hex")
      ->required()
      ->option_text("HEX");
  CLI::App* creates = app.add_subcommand("create", "Make a hotkey without a password");
  creates
      ->add_option("--dev", command->dev_uri,
                   "A key that everybody knows, for tests: //Alice (default: a random one)")
      ->option_text("URI");
  return [command, shows, signs, verifies] {
    if (shows->parsed()) return show(*command);
    if (signs->parsed()) return sign(*command);
    if (verifies->parsed()) return verify(*command);
    create(*command);
  };
}

}  // namespace aml::commands
