#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace aml {

// The sentence of an answer that refuses, {"detail": …}, as all our servers have it; nothing where
// the body is none. It is a stranger's text, of any length.
std::optional<std::string> detail_of(std::string_view body);

}  // namespace aml
