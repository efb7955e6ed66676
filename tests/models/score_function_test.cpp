#include "models/score_function.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cmath>

#include "base/parquet_writer.h"
#include "example.h"
#include "forest/objective.h"
#include "models/match_features.h"

namespace aml::models {
namespace {

TEST(ScoreFunction, ScoresRowsOfATableAndTakesNullAsMissing) {
  const TemporaryFolder folder;
  const auto model = forest::load_model(write_text(folder, example_model()));
  const features::FeatureMatrix matrix = example_matrix();
  std::vector<double> raw(matrix.rows());
  model->predict_raw(match_features(matrix, *model, "m"), 0, raw);

  Database database({.threads = 2});
  Connection connection = database.connect();
  std::atomic<std::size_t> scored = 0;
  const ScoreFunction function{*model, true, 2, [&](std::size_t rows) { scored += rows; }};
  register_score_function(connection, function);
  const std::filesystem::path file = folder.path() / "matrix.parquet";
  write_parquet(file,
                {{"volume", ColumnType::float64},
                 {"degree", ColumnType::float64},
                 {"entropy", ColumnType::float64}},
                matrix.rows(), {}, [&](std::size_t row, RowSink& sink) {
                  for (const std::vector<double>& column : matrix.columns) {
                    if (std::isnan(column[row])) {
                      sink.null();
                    } else {
                      sink.real(column[row]);
                    }
                  }
                });

  QueryResult result = connection.query(
      "SELECT struct_extract_at(s, 1), struct_extract_at(s, 2), struct_extract_at(s, 3) + "
      "struct_extract_at(s, 4) + struct_extract_at(s, 5) + struct_extract_at(s, 6) "
      "FROM (SELECT score_rows(volume, degree, entropy) AS s FROM read_parquet(" +
      sql_path(file) + "))");
  std::size_t row = 0;
  while (const auto chunk = result.next()) {
    for (std::size_t i = 0; i < chunk->rows(); ++i, ++row) {
      EXPECT_EQ(chunk->column(0).as_double(i), raw[row]);
      EXPECT_EQ(chunk->column(1).as_double(i), forest::published_score(raw[row]));
      EXPECT_NEAR(chunk->column(2).as_double(i), raw[row], 1e-10);
    }
  }
  EXPECT_EQ(row, matrix.rows());
  EXPECT_EQ(scored, matrix.rows()) << "a row was scored more than once";
}

}  // namespace
}  // namespace aml::models
