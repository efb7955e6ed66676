#include "results/matrix_writer.h"

#include <cmath>
#include <vector>

#include "base/file_system.h"
#include "base/output_file.h"
#include "base/parquet_writer.h"

namespace aml::results {

void write_matrix(const std::filesystem::path& file, const std::string& id_name,
                  const features::FeatureMatrix& matrix) {
  std::vector<TableColumn> columns{{id_name, ColumnType::text}};
  for (const std::string& name : matrix.names) columns.push_back({name, ColumnType::float64});
  OutputFile output(file);
  write_parquet(output.path(), columns, matrix.rows(), {}, [&](std::size_t row, RowSink& sink) {
    sink.text(matrix.ids[row]);
    for (const std::vector<double>& column : matrix.columns) {
      if (std::isnan(column[row])) {
        sink.null();
      } else {
        sink.real(column[row]);
      }
    }
  });
  output.publish();
}

void write_matrices(const std::filesystem::path& directory, const features::FeatureMatrix& alerts,
                    const features::FeatureMatrix& clusters) {
  make_folders(directory);
  write_matrix(directory / "alert_matrix.parquet", "alert_id", alerts);
  write_matrix(directory / "cluster_matrix.parquet", "cluster_id", clusters);
}

}  // namespace aml::results
