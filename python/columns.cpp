#include "columns.h"

#include <algorithm>
#include <functional>

#include "base/threads.h"

namespace aml::python {

namespace {

// Of a matrix whose rows lie side by side, so many fit the processor's cache with their copy.
constexpr std::size_t kRowsAtOnce = 256;
// Fewer are not worth a thread.
constexpr std::size_t kRowsOfThread = 1024;

bool lies_side_by_side(const Column& column) {
  return !column.is_float && column.stride == static_cast<std::ptrdiff_t>(sizeof(double));
}

template <typename Number>
void copy(const Column& column, std::size_t begin, std::span<double> to) {
  const std::byte* at = column.data + static_cast<std::ptrdiff_t>(begin) * column.stride;
  for (double& value : to) {
    value = *reinterpret_cast<const Number*>(at);
    at += column.stride;
  }
}

// Rows as the engine reads them, for one thread.
class Block {
 public:
  explicit Block(const Rows& rows) : rows_(rows) {
    const auto copied = static_cast<std::size_t>(
        std::count_if(rows.columns.begin(), rows.columns.end(),
                      [](const Column& column) { return !lies_side_by_side(column); }));
    copies_.resize(copied * std::min(kRowsAtOnce, rows.count));
    input_.columns.resize(rows.columns.size());
  }

  const forest::ModelInput& take(std::size_t begin, std::size_t count) {
    input_.rows = count;
    std::span<double> left(copies_);
    for (std::size_t f = 0; f < rows_.columns.size(); ++f) {
      const Column& column = rows_.columns[f];
      if (lies_side_by_side(column)) {
        input_.columns[f] = {reinterpret_cast<const double*>(column.data) + begin, count};
        continue;
      }
      const std::span<double> to = left.first(count);
      left = left.subspan(count);
      column.is_float ? copy<float>(column, begin, to) : copy<double>(column, begin, to);
      input_.columns[f] = to;
    }
    return input_;
  }

 private:
  const Rows& rows_;
  std::vector<double> copies_;
  forest::ModelInput input_;
};

using Body = std::function<void(const forest::ModelInput&, std::size_t begin, std::size_t count)>;

void for_blocks(const Rows& rows, int threads, const Body& body) {
  if (threads <= 0) threads = available_processors();
  const auto some = [&](std::size_t begin, std::size_t end) {
    Block block(rows);
    while (begin < end) {
      const std::size_t count = std::min(kRowsAtOnce, end - begin);
      body(block.take(begin, count), begin, count);
      begin += count;
    }
  };
  if (threads == 1 || rows.count <= kRowsOfThread) return some(0, rows.count);
  parallel_blocks(rows.count, kRowsOfThread, threads, some);
}

}  // namespace

void predict_raw(const forest::Model& model, const Rows& rows, int threads, std::span<double> raw) {
  for_blocks(rows, threads,
             [&](const forest::ModelInput& input, std::size_t begin, std::size_t count) {
               model.predict_raw(input, 0, raw.subspan(begin, count));
             });
}

void explain(const forest::Model& model, const Rows& rows, int threads,
             std::span<double> contributions) {
  const std::size_t width = model.feature_names().size() + 1;
  for_blocks(rows, threads,
             [&](const forest::ModelInput& input, std::size_t begin, std::size_t count) {
               model.explain(input, 0, contributions.subspan(begin * width, count * width));
             });
}

}  // namespace aml::python
