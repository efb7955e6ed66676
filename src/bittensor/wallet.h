#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.h"
#include "bittensor/keypair.h"

// Key files of bittensor-wallet 4.0 and 4.1 and of SDK 11: WALLETS/NAME/hotkeys/HOTKEY, JSON with
// accountId, publicKey, privateKey, secretPhrase, secretSeed, ss58Address, cryptoType in any order.
namespace aml::bittensor {

// Where a hotkey's file is. `root` may begin with "~/".
std::filesystem::path hotkey_path(const std::string& root, const std::string& wallet,
                                  const std::string& hotkey);

// The hotkey of a file. Forbids core dumps first, hides the secrets from the log and wipes what it
// read. Warns in the log where others than the owner may read the file. Throws an Error that names
// the file and says what to do: {not_found} where there is none (with the names that are there),
// {denied} where it may not be read, {bad_input} where it is encrypted, a coldkey, of another
// scheme than sr25519, has no secret, is damaged or contradicts itself. No message holds any of its
// content.
Keypair load_hotkey(const std::filesystem::path& path);

// The ss58 addresses of the hotkeys whose files lie below a folder of wallets, encrypted ones
// excepted; sorted. What cannot be read is passed over.
std::vector<std::string> hotkeys_below(const std::string& root);

// Makes a hotkey and writes its file, readable by its owner alone and by the wallets above: a
// random key, or the development key `dev_uri` where that is not empty. Throws Error{usage} where
// there is a file already, or an Error that names it where it cannot be written.
Keypair create_hotkey(const std::filesystem::path& path, const std::string& dev_uri);

// As load_hotkey, from the text of a file; `where` names it in errors, `hide` is told each secret
// as it is read.
Keypair parse_hotkey(const SecretString& text, const std::string& where,
                     const std::function<void(std::string_view)>& hide = log::hide_secret);

}  // namespace aml::bittensor
