#include "snapshot/decimal_function.h"

#include <duckdb.h>

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "base/error.h"

namespace aml::snapshot {
namespace {

double value_of(std::int64_t unscaled) { return static_cast<double>(unscaled); }

// The whole 128-bit number, so that it is rounded once here and once by the division.
double value_of(const duckdb_hugeint& unscaled) {
  __extension__ using Wide = __int128;
  constexpr Wide kTwoTo64 = static_cast<Wide>(UINT64_MAX) + 1;
  return static_cast<double>(unscaled.upper * kTwoTo64 + static_cast<Wide>(unscaled.lower));
}

template <typename Physical>
void convert(duckdb_vector input, idx_t rows, double divisor, double* output) {
  const auto* values = static_cast<const Physical*>(duckdb_vector_get_data(input));
  for (idx_t row = 0; row < rows; ++row) {
    output[row] = value_of(values[row]) / divisor;
  }
}

// NULL for NULL: DuckDB leaves that to the function where only some rows are.
void copy_nulls(duckdb_vector input, idx_t rows, duckdb_vector output) {
  constexpr idx_t kRowsPerWord = 64;
  const std::uint64_t* const valid = duckdb_vector_get_validity(input);
  if (valid == nullptr) return;
  duckdb_vector_ensure_validity_writable(output);
  std::copy_n(valid, (rows + kRowsPerWord - 1) / kRowsPerWord, duckdb_vector_get_validity(output));
}

void decimal_to_double(duckdb_function_info info, duckdb_data_chunk chunk, duckdb_vector output) {
  const duckdb_vector input = duckdb_data_chunk_get_vector(chunk, 0);
  const idx_t rows = duckdb_data_chunk_get_size(chunk);
  duckdb_logical_type type = duckdb_vector_get_column_type(input);
  const double divisor = std::pow(10.0, duckdb_decimal_scale(type));
  const duckdb_type physical = duckdb_decimal_internal_type(type);
  duckdb_destroy_logical_type(&type);

  copy_nulls(input, rows, output);
  auto* results = static_cast<double*>(duckdb_vector_get_data(output));
  switch (physical) {
    case DUCKDB_TYPE_SMALLINT:
      return convert<std::int16_t>(input, rows, divisor, results);
    case DUCKDB_TYPE_INTEGER:
      return convert<std::int32_t>(input, rows, divisor, results);
    case DUCKDB_TYPE_BIGINT:
      return convert<std::int64_t>(input, rows, divisor, results);
    case DUCKDB_TYPE_HUGEINT:
      return convert<duckdb_hugeint>(input, rows, divisor, results);
    default:
      duckdb_scalar_function_set_error(info, "decimal_to_double takes a DECIMAL");
  }
}

}  // namespace

void register_decimal_to_double(const Connection& connection) {
  duckdb_scalar_function function = duckdb_create_scalar_function();
  duckdb_logical_type any = duckdb_create_logical_type(DUCKDB_TYPE_ANY);
  duckdb_logical_type number = duckdb_create_logical_type(DUCKDB_TYPE_DOUBLE);
  duckdb_scalar_function_set_name(function, "decimal_to_double");
  duckdb_scalar_function_add_parameter(function, any);
  duckdb_scalar_function_set_return_type(function, number);
  duckdb_scalar_function_set_function(function, decimal_to_double);
  const duckdb_state state = duckdb_register_scalar_function(
      static_cast<duckdb_connection>(connection.native_handle()), function);
  duckdb_destroy_logical_type(&any);
  duckdb_destroy_logical_type(&number);
  duckdb_destroy_scalar_function(&function);
  if (state != DuckDBSuccess) {
    throw Error(ErrorKind::internal, "DuckDB refuses the function decimal_to_double");
  }
}

}  // namespace aml::snapshot
