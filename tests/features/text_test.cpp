// Runs tests/features/*.test: input rows and expected rows as text, so that whoever can write SQL
// can write a test. The form, blank lines and # comments aside:
//   table flows                 rows to insert; the header names the columns, the rest is NULL; ''
//   is
//                               empty text
//   subject_id | counterparty
//   1          | b
//   run counterparties          makes that table, or a group as a table, of src/features/sql
//   expect counterparties       rows that must come out, in the order of their columns, by those
//   columns subject_id | transfers 1          | 1
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

#include "features/feature_sql.h"
#include "features/run_sql.h"
#include "scratch_snapshot.h"

namespace aml::features {
namespace {

using Row = std::vector<std::string>;

struct Block {
  std::string word;  // table, run or expect
  std::string table;
  std::vector<Row> rows;  // the first is the header
};

std::string trimmed(const std::string& text) {
  const std::size_t begin = text.find_first_not_of(" \t");
  return begin == std::string::npos ? ""
                                    : text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

Row cells(const std::string& line) {
  Row row;
  std::stringstream stream(line);
  for (std::string cell; std::getline(stream, cell, '|');) {
    row.push_back(trimmed(cell));
  }
  return row;
}

std::vector<Block> parse(const std::filesystem::path& path) {
  std::vector<Block> blocks;
  std::stringstream text(read_file(path));
  for (std::string line; std::getline(text, line);) {
    if (trimmed(line).empty() || line.starts_with('#')) {
      continue;
    }
    std::stringstream words(line);
    Block block;
    words >> block.word >> block.table;
    if (block.word == "table" || block.word == "run" || block.word == "expect") {
      blocks.push_back(block);
    } else {
      blocks.back().rows.push_back(cells(line));
    }
  }
  return blocks;
}

std::string header(const Block& block) {
  return fmt::format("{}", fmt::join(block.rows.front(), ", "));
}

void insert(Connection& connection, const Block& block) {
  for (std::size_t i = 1; i < block.rows.size(); ++i) {
    Row values;
    for (const std::string& cell : block.rows[i]) {
      values.push_back(cell == "NULL" || cell == "''" ? cell : sql_text(cell));
    }
    connection.run(fmt::format("INSERT INTO {} ({}) VALUES ({})", block.table, header(block),
                               fmt::join(values, ", ")));
  }
}

std::vector<Row> actual_rows(Connection& connection, const Block& block) {
  Row texts;
  for (const std::string& name : block.rows.front()) {
    texts.push_back(fmt::format("coalesce(CAST({} AS VARCHAR), 'NULL')", name));
  }
  QueryResult result = connection.query(fmt::format(
      "SELECT {} FROM {} ORDER BY {}", fmt::join(texts, ", "), block.table, header(block)));
  std::vector<Row> rows;
  while (const std::optional<Chunk> chunk = result.next()) {
    for (std::size_t row = 0; row < chunk->rows(); ++row) {
      Row& cells_of_row = rows.emplace_back();
      for (std::size_t i = 0; i < block.rows.front().size(); ++i) {
        cells_of_row.emplace_back(chunk->column(i).as_text(row));
      }
    }
  }
  return rows;
}

void run_built_in(Connection& connection, const std::string& table) {
  for (const SqlStep& step : prepare_sql(built_in_sql()).steps) {
    if (step.table == table) return make_table(connection, step);
  }
  FAIL() << "no SQL makes " << table;
}

class TextTest : public ::testing::TestWithParam<std::filesystem::path> {};

TEST_P(TextTest, GivesTheExpectedRows) {
  // An empty snapshot has all loaded tables in their types.
  ScratchSnapshot empty;
  for (const char* name : {"alerts.parquet", "features.parquet"}) {
    empty.write(name,
                "SELECT 'x' AS alert_id, 'a' AS address, 7 AS window_days, "
                "DATE '2025-10-26' AS processing_date LIMIT 0");
  }
  const auto snapshot = empty.open();
  snapshot->make_all();
  Connection& connection = snapshot->connection();

  for (const Block& block : parse(GetParam())) {
    if (block.word == "table") {
      insert(connection, block);
    } else if (block.word == "run") {
      run_built_in(connection, block.table);
    } else {
      EXPECT_EQ(actual_rows(connection, block),
                std::vector<Row>(block.rows.begin() + 1, block.rows.end()))
          << block.table;
    }
  }
}

std::vector<std::filesystem::path> test_files() {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator(
           std::filesystem::path(AML_SOURCE_DIR) / "tests/features")) {
    if (entry.path().extension() == ".test") {
      paths.push_back(entry.path());
    }
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

INSTANTIATE_TEST_SUITE_P(Files, TextTest, ::testing::ValuesIn(test_files()),
                         [](const auto& file) { return file.param.stem().string(); });

}  // namespace
}  // namespace aml::features
