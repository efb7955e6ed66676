#include "forest/model.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "forest/forest_text.h"
#include "forest/row_walk.h"

namespace aml::forest {

namespace {

// So many are walked one by one in less time than all splits are decided.
constexpr std::size_t kFewRows = 4;

}  // namespace

Model::Model(Forest forest, std::string name, InstructionSet set)
    : forest_(std::move(forest)),
      name_(std::move(name)),
      set_(set),
      splits_(forest_),
      scorer_(forest_, splits_),
      explainer_(forest_, splits_) {}

void Model::require_rows(const ModelInput& input, std::size_t begin, std::size_t rows) const {
  if (input.columns.size() != feature_names().size() || begin + rows > input.rows) {
    throw Error(ErrorKind::internal, name_ + ": the input does not fit the model");
  }
}

void Model::predict_raw(const ModelInput& input, std::size_t begin, std::span<double> raw) const {
  require_rows(input, begin, raw.size());
  if (raw.size() <= kFewRows) {
    for (std::size_t i = 0; i < raw.size(); ++i) raw[i] = walk_row(forest_, input, begin + i);
    return;
  }
  std::vector<RowBits> left(splits_.size());
  for (std::size_t done = 0; done < raw.size(); done += kTileRows) {
    splits_.decide(input, begin + done, set_, left);
    scorer_.score(left, set_, raw.subspan(done, std::min(kTileRows, raw.size() - done)));
  }
}

void Model::explain(const ModelInput& input, std::size_t begin,
                    std::span<double> contributions) const {
  const std::size_t width = feature_names().size() + 1;
  if (contributions.size() % width != 0) {
    throw Error(ErrorKind::internal, "explain: the space is not a whole number of rows");
  }
  const std::size_t rows = contributions.size() / width;
  require_rows(input, begin, rows);
  if (!forest_.explainable) {
    throw Error(ErrorKind::bad_input,
                name_ + " cannot be explained: it has nodes without training rows");
  }
  std::vector<RowBits> left(splits_.size());
  for (std::size_t done = 0; done < rows; done += kTileRows) {
    const std::size_t count = std::min(kTileRows, rows - done);
    splits_.decide(input, begin + done, set_, left);
    explainer_.explain(left, count, set_, contributions.subspan(done * width, count * width));
  }
}

std::unique_ptr<Model> load_model(const std::filesystem::path& path) {
  return std::make_unique<Model>(read_forest(path), path.string());
}

}  // namespace aml::forest
