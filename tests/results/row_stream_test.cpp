#include "results/row_stream.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/files.h"
#include "example.h"

namespace aml::results {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Order = RowStream::Order;

// The rows as text, NULL as nothing.
std::vector<std::string> texts(RowStream stream, bool is_ranked) {
  std::vector<std::string> rows;
  while (const auto chunk = stream.next()) {
    for (std::size_t row = 0; row < chunk->rows(); ++row) {
      const std::string id(chunk->column(0).as_text(row));
      if (is_ranked) {
        rows.push_back(id + " " + std::to_string(chunk->column(1).as_int64(row)));
      } else {
        const ColumnView explanations = chunk->column(4);
        rows.push_back(
            id + " " + std::to_string(chunk->column(1).as_double(row)) +
            (explanations.is_null(row) ? "" : " " + std::string(explanations.as_text(row))));
      }
    }
  }
  return rows;
}

// A file of these rows, as a query of DuckDB gives them.
fs::path written(const TemporaryFolder& folder, const std::string& query) {
  const fs::path file = folder.path() / "rows.parquet";
  Database().connect().run("COPY (" + query + ") TO " + sql_text(file.string()) +
                           " (FORMAT parquet)");
  return file;
}

std::string refusal_of(const fs::path& file, bool is_ranked) {
  try {
    RowStream stream = is_ranked ? RowStream::ranked(file, Order::sorted)
                                 : RowStream::scored(file, "alert_id", Order::sorted);
    while (stream.next()) {
    }
  } catch (const Error& e) {
    EXPECT_EQ(e.kind(), ErrorKind::bad_input);
    EXPECT_THAT(e.what(), HasSubstr(file.string()));
    return e.what();
  }
  return "";
}

TEST(RowStream, GivesBackWhatTheWriterWrote) {
  const TemporaryFolder folder;
  const fs::path batch = publish(folder.path(), "2025-10-26", "2025-10-26");
  EXPECT_THAT(
      texts(RowStream::scored(batch / kAlertsScoredFile, "alert_id", Order::as_written), false),
      ElementsAre("a 0.250000 {}", "b 0.750000 {\"x\":\"ü\"}"));
  EXPECT_THAT(texts(RowStream::ranked(batch / kAlertsRankedFile, Order::as_written), true),
              ElementsAre("b 1", "a 2"));
  EXPECT_EQ(RowStream::scored(batch / kClustersScoredFile, "cluster_id", Order::sorted).rows(), 1U);
}

TEST(RowStream, GivesNothingOfATableWithoutRows) {
  const TemporaryFolder folder;
  write_tables(folder.path(), {});
  EXPECT_TRUE(
      texts(RowStream::scored(folder.path() / kAlertsScoredFile, "alert_id", Order::sorted), false)
          .empty());
  EXPECT_TRUE(
      texts(RowStream::ranked(folder.path() / kAlertsRankedFile, Order::as_written), true).empty());
}

TEST(RowStream, NamesTheFileThatIsMissingOrDamaged) {
  const TemporaryFolder folder;
  const fs::path batch = publish(folder.path(), "2025-10-26", "2025-10-26");
  const fs::path file = batch / kAlertsScoredFile;
  const std::string bytes = read_file(file);
  std::ofstream(file) << bytes.substr(0, bytes.size() / 2);
  EXPECT_NE(refusal_of(file, false), "");
  fs::remove(file);
  try {
    RowStream::scored(file, "alert_id", Order::sorted);
    FAIL() << "opened";
  } catch (const Error& e) {
    EXPECT_EQ(e.kind(), ErrorKind::not_found);
    EXPECT_THAT(e.what(), HasSubstr(file.string()));
  }
}

TEST(RowStream, SortsWhatOthersWroteInAnotherOrderAndOtherTypes) {
  const TemporaryFolder folder;
  EXPECT_THAT(texts(RowStream::scored(
                        written(folder,
                                "SELECT NULL AS explain_json, 1::TINYINT AS latency_ms, '1' AS "
                                "model_version, 0.5::FLOAT AS score, id AS alert_id, 7 AS more "
                                "FROM (VALUES ('b'), ('a')) v(id)"),
                        "alert_id", Order::sorted),
                    false),
              ElementsAre("a 0.500000", "b 0.500000"));
  EXPECT_THAT(
      texts(RowStream::ranked(written(folder,
                                      "SELECT 'x' AS alert_id, r::UTINYINT AS \"rank\", 1 AS score "
                                      "FROM (VALUES (2), (1)) v(r)"),
                              Order::sorted),
            true),
      ElementsAre("x 1", "x 2"));
}

// What replaces one of the columns, and a word of the sentence that refuses it.
struct Fault {
  const char* column;
  const char* sql;
  const char* word;
};

TEST(RowStream, RefusesWhatAPublishedTableMayNotHold) {
  const TemporaryFolder folder;
  const std::string scored =
      "(SELECT 'a' || i AS alert_id, 0.5 AS score, '1' AS model_version, 0.1 AS latency_ms, '{}' "
      "AS "
      "explain_json, i AS \"rank\" FROM range(1, 6000) v(i))";
  EXPECT_EQ(refusal_of(written(folder, "FROM " + scored), false), "");
  EXPECT_EQ(refusal_of(written(folder, "FROM " + scored), true), "");
  for (const Fault& fault : {
           Fault{"alert_id", "NULL", "alert_id"},
           Fault{"alert_id", "nullif(alert_id, 'a5000')", "is NULL"},
           Fault{"alert_id", "1", "text"},
           Fault{"alert_id", "'a'::BLOB", "BLOB"},
           Fault{"alert_id", "['a']", "text"},
           Fault{"score", "if(\"rank\" = 5000, NULL, 0.5)", "score of row"},
           Fault{"score", "if(\"rank\" = 5000, 'nan'::DOUBLE, 0.5)", "[0, 1]"},
           Fault{"score", "if(\"rank\" = 5000, 1.01, 0.5)", "[0, 1]"},
           Fault{"score", "'0.5'", "VARCHAR"},
           Fault{"score", "true", "BOOLEAN"},
           Fault{"model_version", "if(\"rank\" = 5000, NULL, '1')", "model_version of row"},
           Fault{"latency_ms", "if(\"rank\" = 5000, 'inf'::DOUBLE, 0.5)", "finite"},
           Fault{"explain_json", "{'a': 1}", "STRUCT"},
       }) {
    const fs::path file = written(folder, std::string("SELECT * REPLACE (") + fault.sql + " AS " +
                                              fault.column + ") FROM " + scored);
    EXPECT_THAT(refusal_of(file, false), HasSubstr(fault.word)) << fault.sql;
  }
  for (const Fault& fault :
       {Fault{"rank", "if(\"rank\" = 5000, NULL, 1)", "rank of row"},
        Fault{"rank", "\"rank\" - 1", "below 1"}, Fault{"rank", "\"rank\" + 0.5", "an integer"},
        Fault{"rank", "18446744073709551615::UBIGINT", "rows.parquet"}}) {
    const fs::path file = written(
        folder, std::string("SELECT * REPLACE (") + fault.sql + " AS \"rank\") FROM " + scored);
    EXPECT_THAT(refusal_of(file, true), HasSubstr(fault.word)) << fault.sql;
  }
  EXPECT_THAT(refusal_of(written(folder, "SELECT * EXCLUDE (score) FROM " + scored), false),
              HasSubstr("no column score"));
}

TEST(RowStream, TakesFolderNamesLiterally) {
  const TemporaryFolder folder;
  for (const char* name : {"star*", "starX", "b[1]", "b1", "score=1", "it's \"so\""}) {
    const fs::path batch = publish(folder.path() / name, "2025-10-26", "2025-10-26");
    EXPECT_EQ(RowStream::ranked(batch / kAlertsRankedFile, Order::sorted).rows(), 2U) << name;
  }
}

}  // namespace
}  // namespace aml::results
