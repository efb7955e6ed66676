#pragma once

#include <string>

// Addresses of HTTP services that options name: what is none is refused before anything is asked.
namespace aml {

// What is wrong with the text as such an address, to stand behind the option's name; empty where
// nothing is. It does not repeat the text, which may hold a password.
std::string refuse_http_address(const std::string& text);
// Likewise of an address to whose end a path is added.
std::string refuse_http_base(const std::string& text);

}  // namespace aml
