#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/database.h"

namespace aml::results {

// The rows of a published file, read chunk by chunk, so that a large day need not be held twice.
// Anyone may have written the file: what docs/output.md does not allow ends the stream, so that the
// rows it gave hold no NULL where none may be, scores in [0, 1], finite times and ranks from 1.
class RowStream {
 public:
  enum class Order { as_written, sorted };

  // Columns: `id`, score, model_version, latency_ms, explain_json, probability (which may be
  // null, and missing in files of version 0.1.0) and sanctioned (0, 1 or null, or missing). As
  // `process` writes them they stand by id; sorted holds for other writers too, but needs the
  // memory of all rows.
  static RowStream scored(const std::filesystem::path& file, const std::string& id, Order order);
  // Columns: alert_id, rank, score, rank_explain_json and sanctioned (which may be null or
  // missing); by rank.
  static RowStream ranked(const std::filesystem::path& file, Order order);
  ~RowStream();
  RowStream(RowStream&&) noexcept;
  RowStream& operator=(RowStream&&) noexcept;

  std::size_t rows() const;
  // Nothing after the last row. Throws, as the functions above, Error{not_found} where the file is
  // missing, and Error{bad_input} naming it where it is damaged, lacks a column, has one of another
  // type, or a value that may not be.
  std::optional<Chunk> next();

 private:
  struct State;
  explicit RowStream(std::unique_ptr<State> state);
  static RowStream open(const std::filesystem::path& file, std::unique_ptr<State> state,
                        Order order);

  std::unique_ptr<State> state_;
};

}  // namespace aml::results
