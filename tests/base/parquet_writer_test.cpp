#include "base/parquet_writer.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <string>
#include <vector>

#include "base/error.h"
#include "base/file_system.h"
#include "base/files.h"
#include "scratch_folder.h"

namespace aml {
namespace {

namespace fs = std::filesystem;

const std::vector<TableColumn> kColumns{
    {"id", ColumnType::text},       {"a \"quoted\" name", ColumnType::int64},
    {"value", ColumnType::float64}, {"usd", ColumnType::money},
    {"day", ColumnType::date},      {"tags", ColumnType::text_list}};

// Rows of which every third has nothing but its id.
void fill(std::size_t row, RowSink& sink) {
  sink.text("row " + std::to_string(row));
  if (row % 3 == 2) {
    sink.null().null().null().null().null();
    return;
  }
  const std::vector<std::string> tags(row % 2, "tag");
  sink.integer(row).real(static_cast<double>(row) / 3).money(-1).date(1).texts(tags);
}

void write(const fs::path& file, std::size_t rows) {
  write_parquet(file, kColumns, rows, {.memory_limit = {}, .row_group_rows = 2048}, fill);
}

TEST(ParquetWriter, RowsComeBackAsTheyWereMade) {
  const test::ScratchFolder scratch;
  const fs::path file = scratch / "rows.parquet";
  write(file, 10'000);
  Database database;
  Connection connection = database.connect();
  const std::string table = "read_parquet(" + sql_path(file) + ")";
  EXPECT_EQ(connection.query_int("SELECT count(*) FROM " + table), 10'000);
  EXPECT_EQ(connection.query_int("SELECT count(*) FROM " + table + " WHERE value IS NULL"), 3333);
  EXPECT_EQ(connection.query_text("SELECT r::VARCHAR FROM " + table + " r WHERE id = 'row 7'"),
            "{'id': row 7, 'a \"quoted\" name': 7, 'value': 2.3333333333333335, 'usd': "
            "-0.000001000000000000, 'day': 1970-01-02, 'tags': [tag]}");
  EXPECT_EQ(connection.query_text("SELECT string_agg(type, ' ') FROM (SELECT column_type AS type "
                                  "FROM (DESCRIBE FROM " +
                                  table + "))"),
            "VARCHAR BIGINT DOUBLE DECIMAL(38,18) DATE VARCHAR[]");
  EXPECT_EQ(connection.query_int("SELECT num_row_groups FROM parquet_file_metadata(" +
                                 sql_path(file) + ")"),
            5);
}

TEST(ParquetWriter, TheBytesDependOnTheRowsAlone) {
  const test::ScratchFolder scratch;
  write(scratch / "one", 5000);
  write(scratch / "other", 5000);
  EXPECT_EQ(read_file(scratch / "one"), read_file(scratch / "other"));
}

TEST(ParquetWriter, AFileThatIsThereKeepsItsModeAndNothingLiesBesideIt) {
  const test::ScratchFolder scratch;
  const fs::path file = scratch / "rows.parquet";
  write_file_atomically(file, std::string(100'000, 'x'), {.access = Access::owner});
  write(file, 10);
  EXPECT_LT(*file_size_if_exists(file), 10'000U);
  EXPECT_EQ(fs::status(file).permissions(), fs::perms(0600));
  EXPECT_EQ(list_folder(scratch.path()).size(), 1U);
}

TEST(ParquetWriter, WhatTheRowsThrowIsThrown) {
  const test::ScratchFolder scratch;
  const auto fail = [](std::size_t row, RowSink& sink) {
    if (row == 3000) throw Error(ErrorKind::unavailable, "no more rows");
    sink.text("x");
  };
  try {
    write_parquet(scratch / "a", {{"id", ColumnType::text}}, 5000, {}, fail);
    FAIL() << "written";
  } catch (const Error& e) {
    EXPECT_EQ(e.kind(), ErrorKind::unavailable);
    EXPECT_STREQ(e.what(), "no more rows");
  }
}

TEST(ParquetWriter, AValueOfAnotherTypeOrARowTooShortIsADefect) {
  const test::ScratchFolder scratch;
  const std::vector<TableColumn> columns{{"id", ColumnType::text}, {"n", ColumnType::int64}};
  for (const auto& wrong : std::vector<std::function<void(std::size_t, RowSink&)>>{
           [](std::size_t, RowSink& sink) { sink.text("x"); },
           [](std::size_t, RowSink& sink) { sink.text("x").text("y"); }}) {
    try {
      write_parquet(scratch / "a", columns, 1, {}, wrong);
      FAIL() << "written";
    } catch (const Error& e) {
      EXPECT_EQ(e.kind(), ErrorKind::internal);
    }
  }
}

TEST(ParquetWriter, AQueryIsWrittenInItsOrderAndNamesAreLiteral) {
  const test::ScratchFolder scratch;
  make_folders(scratch / "a[1] it's*{i}");
  const fs::path file = scratch / "a[1] it's*{i}/b?.parquet";
  Database database;
  Connection connection = database.connect();
  write_parquet(connection, "SELECT i FROM range(5000) v(i) ORDER BY i DESC", file, 2048);
  EXPECT_EQ(connection.query_int("SELECT count(*) FROM read_parquet(" + sql_path(file) +
                                 ", file_row_number = true) WHERE i = 4999 - file_row_number"),
            5000);
}

}  // namespace
}  // namespace aml
