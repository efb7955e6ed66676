#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <string_view>

namespace aml::service {

enum class SettingType { text, texts, integer, number, flag };

// One setting of the service's file. Most tables are named after a command and hold that command's
// options: they are handed on as they are, and the command knows what each means and may be.
struct Setting {
  std::string_view table;  // "" for those above all tables
  std::string_view key;    // without the dashes: the name of the command's option
  SettingType type = SettingType::text;
  std::string_view example;  // as in the file: the default, or where there is none an example
  double least = 0;          // of an integer or number
  double most = std::numeric_limits<double>::max();
  std::string_view meaning{};  // of one of the service itself; a command's help says that of others
};

// All settings that there are, table by table. `aml-miner run --settings` prints the example file
// and docs/configuration.md from them.
std::span<const Setting> all_settings();

// What a table is for, in Markdown; "" where its settings say enough.
std::string_view table_meaning(std::string_view table);

}  // namespace aml::service
