#include "models/score_function.h"

#include <duckdb.h>
#include <fmt/format.h>

#include <exception>
#include <limits>
#include <span>
#include <vector>

#include "base/error.h"
#include "base/threads.h"
#include "forest/objective.h"

namespace aml::models {

namespace {

// Rows per call of the model: a block's contributions fit a processor's cache.
constexpr std::size_t kBlockRows = 4 * forest::kTileRows;

constexpr std::size_t kFixedMembers = 3;  // raw score, score, base value

// The chunk's columns as they lie there; where one has NULLs, a copy with NaN in their place.
class InputColumns {
 public:
  InputColumns(duckdb_data_chunk chunk, std::size_t features) {
    input_.rows = duckdb_data_chunk_get_size(chunk);
    for (std::size_t f = 0; f < features; ++f) {
      input_.columns.push_back(column(duckdb_data_chunk_get_vector(chunk, f)));
    }
  }
  const forest::ModelInput& input() const { return input_; }

 private:
  std::span<const double> column(duckdb_vector vector) {
    const ColumnView view(vector, input_.rows);
    bool has_nulls = false;
    for (std::size_t row = 0; row < view.rows() && !has_nulls; ++row) has_nulls = view.is_null(row);
    if (!has_nulls) return view.doubles();
    std::vector<double>& copy = copies_.emplace_back(view.doubles().begin(), view.doubles().end());
    for (std::size_t row = 0; row < copy.size(); ++row) {
      if (view.is_null(row)) copy[row] = std::numeric_limits<double>::quiet_NaN();
    }
    return copy;
  }

  forest::ModelInput input_;
  std::vector<std::vector<double>> copies_;
};

// The members of the STRUCT, each a column.
std::vector<double*> output_columns(duckdb_vector output, std::size_t count) {
  std::vector<double*> columns;
  for (std::size_t i = 0; i < count; ++i) {
    columns.push_back(
        static_cast<double*>(duckdb_vector_get_data(duckdb_struct_vector_get_child(output, i))));
  }
  return columns;
}

void score_block(const ScoreFunction& function, const forest::ModelInput& input, std::size_t begin,
                 std::size_t end, std::span<double* const> out) {
  function.model.predict_raw(input, begin, {out[0] + begin, end - begin});
  for (std::size_t row = begin; row < end; ++row) {
    out[1][row] = forest::output_score(function.model.forest(), out[0][row]);
  }
  if (!function.with_contributions) return;
  const std::size_t features = input.columns.size();
  std::vector<double> contributions((end - begin) * (features + 1));
  function.model.explain(input, begin, contributions);
  for (std::size_t row = begin; row < end; ++row) {
    const double* found = contributions.data() + (row - begin) * (features + 1);
    out[2][row] = found[features];
    for (std::size_t f = 0; f < features; ++f) out[kFixedMembers + f][row] = found[f];
  }
}

std::size_t member_count(const ScoreFunction& function) {
  return function.with_contributions ? kFixedMembers + function.model.feature_names().size() : 2;
}

void score_rows(duckdb_function_info info, duckdb_data_chunk chunk, duckdb_vector output) {
  // Exceptions must not pass through DuckDB's C interface.
  try {
    const auto& function =
        *static_cast<const ScoreFunction*>(duckdb_scalar_function_get_extra_info(info));
    throw_if_stop_requested();
    const InputColumns columns(chunk, function.model.feature_names().size());
    const std::vector<double*> out = output_columns(output, member_count(function));
    parallel_blocks(columns.input().rows, kBlockRows, function.threads,
                    [&](std::size_t begin, std::size_t end) {
                      score_block(function, columns.input(), begin, end, out);
                    });
    if (function.on_rows) function.on_rows(columns.input().rows);
  } catch (const std::exception& e) {
    duckdb_scalar_function_set_error(info, e.what());
  }
}

duckdb_logical_type struct_of_doubles(std::size_t count) {
  duckdb_logical_type number = duckdb_create_logical_type(DUCKDB_TYPE_DOUBLE);
  std::vector<duckdb_logical_type> types(count, number);
  std::vector<std::string> names;
  for (std::size_t i = 0; i < count; ++i) names.push_back(fmt::format("v{}", i));
  std::vector<const char*> pointers;
  for (const std::string& name : names) pointers.push_back(name.c_str());
  duckdb_logical_type type = duckdb_create_struct_type(types.data(), pointers.data(), count);
  duckdb_destroy_logical_type(&number);
  return type;
}

}  // namespace

void register_score_function(const Connection& connection, const ScoreFunction& function) {
  duckdb_scalar_function scalar = duckdb_create_scalar_function();
  duckdb_logical_type number = duckdb_create_logical_type(DUCKDB_TYPE_DOUBLE);
  duckdb_logical_type result = struct_of_doubles(member_count(function));
  duckdb_scalar_function_set_name(scalar, "score_rows");
  for (std::size_t f = 0; f < function.model.feature_names().size(); ++f) {
    duckdb_scalar_function_add_parameter(scalar, number);
  }
  duckdb_scalar_function_set_return_type(scalar, result);
  duckdb_scalar_function_set_special_handling(scalar);  // a NULL does not make the score NULL
  duckdb_scalar_function_set_extra_info(scalar, const_cast<ScoreFunction*>(&function), nullptr);
  duckdb_scalar_function_set_function(scalar, score_rows);
  const duckdb_state state = duckdb_register_scalar_function(
      static_cast<duckdb_connection>(connection.native_handle()), scalar);
  duckdb_destroy_logical_type(&number);
  duckdb_destroy_logical_type(&result);
  duckdb_destroy_scalar_function(&scalar);
  if (state != DuckDBSuccess) {
    throw Error(ErrorKind::internal, "DuckDB refuses the function score_rows");
  }
}

}  // namespace aml::models
