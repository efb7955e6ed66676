// rank_evidence FILE ALERTS ANSWERS, for test_numerai.py: FILE holds doubles, one column after the
// other: q, the answers, and labels. Prints three lines for each answer: its
// Gaussian ranks; the evidence u of what q, by least squares, leaves of these, where every
// alert has the same chance; and the covariance that is shown beside what is paid.
#include <fmt/format.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <numeric>
#include <span>
#include <string>
#include <vector>

#include "validation/evidence.h"
#include "validation/least_squares.h"
#include "validation/public_columns.h"
#include "validation/rank_covariance.h"

namespace {

using namespace aml::validation;

// What is left of `ranks` beside `q`.
std::vector<double> left_of(std::span<const double> ranks, std::span<const double> q) {
  const std::vector<std::span<const double>> columns{q, ranks};
  std::vector<std::size_t> rows(q.size());
  std::iota(rows.begin(), rows.end(), std::size_t{0});
  std::vector<double> products(columns.size() * columns.size());
  add_products(columns, rows, std::vector<double>(q.size(), 1.0), products);
  const double share = Cholesky({products[0]}, 1).solve(std::vector<double>{products[1]})[0];
  std::vector<double> left(ranks.begin(), ranks.end());
  for (std::size_t i = 0; i < left.size(); ++i) left[i] -= share * q[i];
  return left;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  const std::size_t alerts = std::stoul(argv[2]);
  const std::size_t answers = std::stoul(argv[3]);
  std::vector<double> data(alerts * (answers + 2));
  std::ifstream file(argv[1], std::ios::binary);
  file.read(reinterpret_cast<char*>(data.data()),
            static_cast<std::streamsize>(data.size() * sizeof(double)));
  if (!file) return 3;
  const auto column = [&](std::size_t c) {
    return std::span<const double>(data).subspan(c * alerts, alerts);
  };
  std::vector<int> labels;
  double filed = 0;
  for (const double label : column(answers + 1)) {
    labels.push_back(static_cast<int>(label));
    filed += label;
  }
  const double rate = filed / static_cast<double>(alerts);
  const std::vector<double> same(alerts, std::log(rate / (1 - rate)));
  std::vector<std::uint64_t> codes(alerts);
  std::iota(codes.begin(), codes.end(), std::uint64_t{0});
  const std::vector<double> q = gaussian_ranks(column(0));
  const std::vector<std::string> identity{"one"};
  for (std::size_t a = 1; a <= answers; ++a) {
    const std::vector<double> ranks = gaussian_ranks(column(a));
    const std::vector<double> left = left_of(ranks, q);
    const std::vector<std::span<const double>> own{left};
    const std::vector<std::span<const double>> answer{column(a)};
    fmt::print("{}\n{}\n{}\n", fmt::join(ranks, " "),
               evidence_of(identity, own, same, labels, codes, 1).gain[0],
               rank_covariances(column(0), answer, labels, 1)[0]);
  }
}
