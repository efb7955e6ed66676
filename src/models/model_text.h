#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace aml::models {

// What the head of a LightGBM text model says.
struct ModelText {
  std::vector<std::string> feature_names;
  std::string objective;  // "binary sigmoid:1", "lambdarank", …
  std::size_t trees = 0;
};

// Reads the text of a LightGBM model (format v3 or v4) and checks that it is whole: LightGBM's own
// loader may crash on a damaged one or silently misread it. Every tree's arrays must have the
// lengths its number of leaves asks for, its nodes must form one tree, and its features must exist.
// Throws Error{bad_input} that names `path`, what is wrong, and what to do.
ModelText check_model_text(std::string_view text, const std::filesystem::path& path);

}  // namespace aml::models
