#include "models/score_function.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cmath>

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
  connection.run("CREATE TABLE matrix (volume DOUBLE, degree DOUBLE, entropy DOUBLE)");
  Appender appender = connection.append_to("matrix");
  for (std::size_t row = 0; row < matrix.rows(); ++row) {
    for (const std::vector<double>& column : matrix.columns) {
      if (std::isnan(column[row])) {
        appender.add_null();
      } else {
        appender.add(column[row]);
      }
    }
    appender.end_row();
  }
  appender.close();

  QueryResult result = connection.query(
      "SELECT struct_extract_at(s, 1), struct_extract_at(s, 2), struct_extract_at(s, 3) + "
      "struct_extract_at(s, 4) + struct_extract_at(s, 5) + struct_extract_at(s, 6) "
      "FROM (SELECT score_rows(volume, degree, entropy) AS s FROM matrix)");
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
