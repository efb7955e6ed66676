#include "results/row_stream.h"

#include <fmt/format.h>

#include <utility>

#include "base/error.h"
#include "base/files.h"

namespace aml::results {

namespace fs = std::filesystem;

struct RowStream::State {
  fs::path file;
  Database database{{.threads = 1}};
  Connection connection = database.connect();
  std::size_t rows = 0;
  std::optional<QueryResult> result{};

  // Runs `step`, whose errors then name the file.
  template <typename Step>
  auto named(Step step) {
    try {
      return step();
    } catch (const Error& e) {
      throw Error(e.kind(), fmt::format("cannot read {}: {}; process the day again", file.string(),
                                        e.what()));
    }
  }
};

RowStream::RowStream(std::unique_ptr<State> state) : state_(std::move(state)) {}
RowStream::~RowStream() = default;
RowStream::RowStream(RowStream&&) noexcept = default;
RowStream& RowStream::operator=(RowStream&&) noexcept = default;

RowStream RowStream::open(const fs::path& file, const std::string& columns, const std::string& key,
                          Order order) {
  if (!file_size_if_exists(file)) {
    throw Error(ErrorKind::not_found, file.string() + " does not exist; process the day again");
  }
  RowStream stream(std::make_unique<State>());
  State& state = *stream.state_;
  state.file = file;
  const std::string table = fmt::format("read_parquet({})", sql_text(file.string()));
  state.named([&] {
    state.rows = static_cast<std::size_t>(
        state.connection.query_int(fmt::format("SELECT count(*) FROM {}", table)));
    const std::string sql = fmt::format("SELECT {} FROM {}", columns, table);
    state.result = state.connection.stream(
        order == Order::sorted ? fmt::format("{} ORDER BY {}", sql, key) : sql);
  });
  return stream;
}

RowStream RowStream::scored(const fs::path& file, const std::string& id, Order order) {
  return open(file,
              id + "::VARCHAR, score::DOUBLE, model_version::VARCHAR, latency_ms::DOUBLE, "
                   "explain_json::VARCHAR",
              id, order);
}

RowStream RowStream::ranked(const fs::path& file, Order order) {
  return open(file, "alert_id::VARCHAR, \"rank\"::BIGINT, score::DOUBLE", "\"rank\"", order);
}

std::size_t RowStream::rows() const { return state_->rows; }

std::optional<Chunk> RowStream::next() {
  return state_->named([&] { return state_->result->next(); });
}

}  // namespace aml::results
