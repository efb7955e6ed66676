#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "base/database.h"

// Rows of this program as a table of DuckDB, chunk after chunk as they are made: five million
// transfers are never held in a table before the first is written. For the .cpp files that call
// DuckDB, which say more in parquet_writer.h and snapshot/table_writer.h.
namespace aml {

// `money` is DECIMAL(38,18), `rounded_money` DECIMAL(18,4); the others are called as in SQL.
enum class ColumnType {
  int64,
  uint8,
  uint16,
  uint32,
  uint64,
  float32,
  float64,
  boolean,
  text,
  date,
  money,
  rounded_money,
  text_list,
  uint16_list,
};

struct TableColumn {
  std::string name;
  ColumnType type = ColumnType::int64;
};

// Fills rows [first, first + rows) of a table, of which at most DuckDB's vector size, 2,048, are
// asked for at a time, in order: `chunk` is a duckdb_data_chunk.
using FillChunk = std::function<void(std::size_t first, std::size_t rows, void* chunk)>;

// Calls `use` with the name of a table function that gives the rows once, in order; afterwards it
// gives an error. Throws what `fill` throws, Error{interrupted} where a stop was asked for, and
// what `use` throws.
void with_rows(Connection& connection, const std::vector<TableColumn>& columns, std::size_t rows,
               const FillChunk& fill, const std::function<void(const std::string& function)>& use);

}  // namespace aml
