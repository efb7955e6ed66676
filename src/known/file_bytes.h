#pragma once

#include <filesystem>

namespace aml::known {

// Throws where the system does not give a file's bytes, which passes: a file that is damaged stays
// so, and one that is not there is no fault here. DuckDB does not tell the two apart.
void require_bytes(const std::filesystem::path& file);

}  // namespace aml::known
