#pragma once

#include <filesystem>
#include <string_view>

#include "forest/forest.h"

namespace aml::forest {

// Reads the text model that LightGBM 3 or 4 writes (format v3 or v4), with one score per row. The
// text is checked first: LightGBM's own loader may crash on a damaged one or silently misread it.
// Every tree's arrays must have the lengths its number of leaves asks for, its nodes must form one
// tree, its features and sets of categories must exist, its rows must add up.
// Throws Error{bad_input} that names `path`, what is wrong or not supported, and what to do.
Forest read_forest(std::string_view text, const std::filesystem::path& path);

// The same of a file. Also throws Error{not_found}.
Forest read_forest(const std::filesystem::path& path);

}  // namespace aml::forest
