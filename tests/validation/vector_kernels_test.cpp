#include "validation/vector_kernels.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <span>
#include <vector>

#include "validation/gram.h"
#include "validation/neighbors.h"

namespace aml::validation {
namespace {

std::vector<InstructionSet> supported() {
  std::vector<InstructionSet> sets;
  for (const auto set : {InstructionSet::plain, InstructionSet::avx2, InstructionSet::avx512}) {
    if (is_supported(set)) sets.push_back(set);
  }
  return sets;
}

std::vector<std::vector<double>> random_columns(std::size_t columns, std::size_t rows) {
  std::mt19937_64 random(7);
  std::vector<std::vector<double>> table(columns, std::vector<double>(rows));
  for (auto& column : table) {
    for (double& value : column) value = static_cast<double>(random() % 1000);
  }
  return table;
}

std::vector<std::size_t> all_of(std::size_t rows) {
  std::vector<std::size_t> sample(rows);
  for (std::size_t i = 0; i < rows; ++i) sample[i] = i;
  return sample;
}

TEST(NearestNeighbors, AreTheSameWhateverTheInstructions) {
  for (const std::size_t rows : {3, 16, 17, 1000}) {
    const auto table = random_columns(20, rows);
    const std::vector<std::span<const double>> columns(table.begin(), table.end());
    const auto plain = nearest_neighbors(columns, all_of(rows), 300, 11, 1, InstructionSet::plain);
    EXPECT_EQ(plain.alert.size(), std::min<std::size_t>(rows, 300));
    for (const InstructionSet set : supported()) {
      const auto found = nearest_neighbors(columns, all_of(rows), 300, 11, 2, set);
      EXPECT_EQ(found.alert, plain.alert) << instruction_set_name(set);
      EXPECT_EQ(found.neighbor, plain.neighbor) << instruction_set_name(set);
    }
  }
}

TEST(NearestNeighbors, AreNearest) {
  // One column: the projected distance is that of the ranks, and equal values are near.
  const std::vector<double> column{7, 1, 9, 7, 1, 9, 9};
  const std::vector<std::span<const double>> columns{column};
  for (const InstructionSet set : supported()) {
    const auto found = nearest_neighbors(columns, all_of(column.size()), 100, 3, 1, set);
    EXPECT_EQ(found.alert, (std::vector<std::uint32_t>{0, 1, 2, 3, 4, 5, 6}));
    EXPECT_EQ(found.neighbor, (std::vector<std::uint32_t>{3, 4, 5, 0, 1, 2, 2}));
  }
}

TEST(NearestNeighbors, OfEqualRowsAreTheFirstOther) {
  const std::vector<double> column(40, 1.0);
  const std::vector<std::span<const double>> columns{column};
  for (const InstructionSet set : supported()) {
    const auto found = nearest_neighbors(columns, all_of(40), 40, 3, 1, set);
    EXPECT_EQ(found.neighbor[0], 1U);
    for (std::size_t i = 1; i < 40; ++i) EXPECT_EQ(found.neighbor[i], 0U);
  }
}

TEST(GramMatrix, IsTheSameWhateverTheInstructions) {
  std::mt19937_64 random(3);
  std::normal_distribution<float> normal;
  for (const std::size_t length : {1, 15, 16, 511, 1030}) {
    std::vector<std::vector<float>> table(7, std::vector<float>(length));
    for (auto& row : table) {
      for (float& value : row) value = normal(random);
    }
    const std::vector<std::span<const float>> rows(table.begin(), table.end());
    const auto plain = gram_matrix(rows, 1, InstructionSet::plain);
    for (const InstructionSet set : supported()) {
      EXPECT_EQ(gram_matrix(rows, 2, set), plain) << instruction_set_name(set);
    }
    for (std::size_t i = 0; i < rows.size(); ++i) {
      for (std::size_t j = 0; j < rows.size(); ++j) {
        double exact = 0;
        for (std::size_t k = 0; k < length; ++k) {
          exact += static_cast<double>(table[i][k]) * static_cast<double>(table[j][k]);
        }
        EXPECT_NEAR(plain[i * rows.size() + j], exact, 1e-3);
      }
    }
  }
}

}  // namespace
}  // namespace aml::validation
