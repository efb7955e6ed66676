#include "validator/archive.h"

#include <utility>

#include "base/file_system.h"
#include "base/files.h"
#include "validator/ensemble_file.h"

namespace aml::validator {

FolderArchive::FolderArchive(std::filesystem::path data_dir)
    : data_dir_(std::move(data_dir)), bodies_(data_dir_ / "submissions") {
  bodies_.clear_leftovers();
}

bool FolderArchive::has_ensemble(const std::string& date) const {
  return file_size_if_exists(ensemble_path(data_dir_, date)).has_value();
}

void FolderArchive::keep_ensemble(const std::string& date, const std::string& text) {
  const std::filesystem::path path = ensemble_path(data_dir_, date);
  make_folders(path.parent_path());
  write_file_atomically(path, text);
}

}  // namespace aml::validator
