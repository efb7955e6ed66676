#pragma once

#include <string>

// The settings of `run` as documents, made from the one table of them (service/settings.h) and from
// the options of the commands that they are handed to.
namespace aml::commands {

// aml-miner.example.toml: each setting behind its meaning. What has a default is commented out.
std::string settings_toml();

// docs/configuration.md.
std::string settings_markdown();

}  // namespace aml::commands
