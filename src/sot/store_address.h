#pragma once

#include <string>

namespace aml::sot {

// Throws Error{usage} where the address is none that open_store() opens: s3://bucket[/prefix] or
// file:///folder. Asks nobody.
void check_store_address(const std::string& address);

}  // namespace aml::sot
