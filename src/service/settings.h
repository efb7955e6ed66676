#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <string_view>

namespace aml::service {

enum class SettingType { text, texts, integer, number, flag };

// One setting of the service's file. A table that is named after a command holds that command's
// options: they are handed on as they are, and the command knows what else they may be.
struct Setting {
  std::string_view table;  // "" for those above all tables
  std::string_view key;    // without the dashes: the name of the command's option
  SettingType type = SettingType::text;
  double least = 0;  // of an integer or number
  double most = std::numeric_limits<double>::max();
};

// All settings that there are.
std::span<const Setting> all_settings();

}  // namespace aml::service
