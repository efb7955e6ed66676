#pragma once

#include <string_view>

namespace aml {

// Whether an object of the text, at any depth, has two members of one name: then it says one thing
// to who takes the first and another to who takes the last. False where the text is no JSON. Takes
// no more memory than the names of the objects that are open at a time: ask nests_deeper() before.
bool names_member_twice(std::string_view json);

}  // namespace aml
