#pragma once

#include "../snapshot/scratch_snapshot.h"
#include "features/build.h"

namespace aml::features {

// A snapshot in a folder of its own, and its features.
class ScratchSnapshot : public snapshot::ScratchSnapshot {
 public:
  SnapshotFeatures build(int threads = 2, const std::filesystem::path& features_dir = {}) const {
    return features::build(*open(threads), {.features_dir = features_dir});
  }

  // The message of the Error that build() throws; fails the test where it is of another kind.
  std::string refusal(ErrorKind kind, const std::filesystem::path& features_dir = {}) const {
    try {
      build(2, features_dir);
    } catch (const Error& error) {
      EXPECT_EQ(exit_code(error.kind()), exit_code(kind)) << error.what();
      return error.what();
    }
    ADD_FAILURE() << "build() accepts it";
    return "";
  }
};

// The value of `feature` for `id`; fails the test where there is none.
inline double value(const FeatureMatrix& matrix, const std::string& id,
                    const std::string& feature) {
  for (std::size_t row = 0; row < matrix.rows(); ++row) {
    for (std::size_t f = 0; matrix.ids[row] == id && f < matrix.names.size(); ++f) {
      if (matrix.names[f] == feature) {
        return matrix.columns[f][row];
      }
    }
  }
  ADD_FAILURE() << "no " << feature << " of " << id;
  return 0;
}

}  // namespace aml::features
