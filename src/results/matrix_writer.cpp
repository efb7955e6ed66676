#include "results/matrix_writer.h"

#include <fmt/format.h>

#include <cmath>

#include "base/database.h"
#include "base/error.h"
#include "base/files.h"

namespace aml::results {

namespace fs = std::filesystem;

void write_matrix(const fs::path& file, const std::string& id_name,
                  const features::FeatureMatrix& matrix) {
  Database database({.threads = 1});
  Connection connection = database.connect();
  std::string columns = sql_name(id_name) + " VARCHAR";
  for (const std::string& name : matrix.names)
    columns += fmt::format(", {} DOUBLE", sql_name(name));
  connection.run(fmt::format("CREATE TABLE matrix ({})", columns));
  Appender appender = connection.append_to("matrix");
  for (std::size_t row = 0; row < matrix.rows(); ++row) {
    appender.add(std::string_view(matrix.ids[row]));
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

  const fs::path aside = file.parent_path() / ("." + file.filename().string() + ".partial");
  connection.run(fmt::format("COPY matrix TO {} (FORMAT parquet, COMPRESSION zstd)",
                             sql_text(aside.string())));
  sync_path(aside);
  std::error_code error;
  fs::rename(aside, file, error);
  if (error) throw system_error("cannot write " + file.string(), error.value());
}

}  // namespace aml::results
