// The module aml_miner._engine: what aml_miner.Model is made of. Matrices come as NumPy arrays of
// float32 or float64; all else that Python offers is the business of _frames.py.
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/unique_ptr.h>
#include <nanobind/stl/vector.h>

#include <memory>

#include "base/error.h"
#include "columns.h"
#include "forest/feature_names.h"
#include "forest/forest_text.h"
#include "forest/objective.h"
#include "model_json.h"

namespace nb = nanobind;
using namespace nb::literals;

namespace aml::python {

namespace {

using Matrix = nb::ndarray<nb::ro, nb::ndim<2>, nb::device::cpu>;
using Vector = nb::ndarray<nb::ro, nb::ndim<1>, nb::device::cpu>;
using Numbers = nb::ndarray<nb::numpy, double, nb::ndim<1>>;
using Table = nb::ndarray<nb::numpy, double, nb::ndim<2>>;

// Throws TypeError where the array's numbers are neither float32 nor float64.
template <typename Array>
bool is_float(const Array& array) {
  if (array.dtype() == nb::dtype<float>()) return true;
  if (array.dtype() == nb::dtype<double>()) return false;
  throw nb::type_error("numbers must be float32 or float64");
}

template <typename Array>
Column column_of(const Array& array, std::size_t axis, std::size_t index) {
  const bool narrow = is_float(array);
  const auto bytes = static_cast<std::ptrdiff_t>(narrow ? sizeof(float) : sizeof(double));
  const auto* data = static_cast<const std::byte*>(array.data());
  if (axis == 1) data += array.stride(1) * bytes * static_cast<std::ptrdiff_t>(index);
  return {data, array.stride(0) * bytes, narrow};
}

void require_columns(const forest::Model& model, std::size_t columns) {
  if (columns == model.feature_names().size()) return;
  const std::string text = "the model has " + std::to_string(model.feature_names().size()) +
                           " features, X has " + std::to_string(columns) + " columns";
  throw nb::value_error(text.c_str());
}

Rows rows_of(const forest::Model& model, const Matrix& matrix) {
  require_columns(model, matrix.shape(1));
  Rows rows{{}, matrix.shape(0)};
  rows.columns.reserve(matrix.shape(1));
  for (std::size_t f = 0; f < matrix.shape(1); ++f) rows.columns.push_back(column_of(matrix, 1, f));
  return rows;
}

Rows rows_of(const forest::Model& model, const std::vector<Vector>& columns) {
  require_columns(model, columns.size());
  Rows rows{{}, columns.empty() ? 0 : columns[0].shape(0)};
  for (const Vector& column : columns) {
    if (column.shape(0) != rows.count) throw nb::value_error("columns of different lengths");
    rows.columns.push_back(column_of(column, 0, 0));
  }
  return rows;
}

// An array of Python's that owns what it holds.
struct Owned {
  explicit Owned(std::size_t count) : numbers(new double[count]) {}
  nb::capsule capsule() {
    return nb::capsule(numbers, [](void* data) noexcept { delete[] static_cast<double*>(data); });
  }
  double* numbers;
};

template <typename Input>
Numbers predict(const forest::Model& model, const Input& input, bool raw_score, int threads) {
  const Rows rows = rows_of(model, input);
  Owned scores(rows.count);
  const nb::capsule owner = scores.capsule();
  {
    const nb::gil_scoped_release released;
    const std::span<double> all(scores.numbers, rows.count);
    predict_raw(model, rows, threads, all);
    if (!raw_score) {
      for (double& score : all) score = forest::output_score(model.forest(), score);
    }
  }
  return Numbers(scores.numbers, {rows.count}, owner);
}

template <typename Input>
Table explain_all(const forest::Model& model, const Input& input, int threads) {
  const Rows rows = rows_of(model, input);
  const std::size_t width = model.feature_names().size() + 1;
  Owned contributions(rows.count * width);
  const nb::capsule owner = contributions.capsule();
  {
    const nb::gil_scoped_release released;
    explain(model, rows, threads, {contributions.numbers, rows.count * width});
  }
  return Table(contributions.numbers, {rows.count, width}, owner);
}

// By feature, the place of its column among those of a table.
std::vector<std::optional<std::size_t>> find_columns(const forest::Model& model,
                                                     const std::vector<std::string>& columns) {
  const forest::FeatureNames names(columns);
  std::vector<std::optional<std::size_t>> places;
  for (const std::string& feature : model.feature_names()) places.push_back(names.find(feature));
  return places;
}

std::unique_ptr<forest::Model> read_model(const std::string& text, const std::string& name) {
  const nb::gil_scoped_release released;
  return std::make_unique<forest::Model>(forest::read_forest(std::string_view(text), name), name);
}

void translate(const std::exception_ptr& pointer, void*) {
  try {
    std::rethrow_exception(pointer);
  } catch (const Error& error) {
    PyErr_SetString(PyExc_ValueError, error.what());
  }
}

}  // namespace

}  // namespace aml::python

NB_MODULE(_engine, module) {
  using namespace aml;
  using namespace aml::python;
  nb::register_exception_translator(translate);
  nb::class_<forest::Model>(module, "Engine")
      .def_prop_ro("feature_names",
                   [](const forest::Model& model) { return model.feature_names(); })
      .def("find_columns", find_columns, "columns"_a)
      .def("predict", predict<Matrix>, "matrix"_a.noconvert(), "raw_score"_a, "threads"_a)
      .def("predict_columns", predict<std::vector<Vector>>, "columns"_a, "raw_score"_a, "threads"_a)
      .def("explain", explain_all<Matrix>, "matrix"_a.noconvert(), "threads"_a)
      .def("explain_columns", explain_all<std::vector<Vector>>, "columns"_a, "threads"_a)
      .def("summary_json", summary_json)
      .def("forest_json", forest_json);
  module.def("read_model", read_model, "text"_a, "name"_a);
}
