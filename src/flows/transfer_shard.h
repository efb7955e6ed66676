#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "flows/address_book.h"
#include "flows/address_part.h"
#include "flows/transfers.h"

namespace aml::flows {

// Rows on their way into a graph: each reading thread fills a shard of its own, make_graph() takes
// them all. About 40 bytes a row.
class TransferShard {
 public:
  TransferShard() = default;
  // Takes those rows alone, and counts all; they must live as long.
  explicit TransferShard(const PartRows* only) : only_(only) {}

  // Takes what the rules of LoadCounts let in, in order. Throws Error{bad_input} where there are
  // more addresses than 32 bits number. REQUIRES: the same columns in every batch of one file.
  void add(const TransferBatch& batch);

 private:
  friend class GraphBuilder;

  struct Row {
    Address source = 0;  // numbers of book_
    Address dest = 0;
    std::uint32_t second = 0;
    std::uint32_t pair = 0;   // place in pairs_, where the file has pairs
    std::int64_t amount = 0;  // or kUnpriced
    std::uint64_t transaction = 0;
    std::uint64_t row_hash = 0;
  };
  struct Pair {
    std::uint32_t transfers = 0;
    std::uint32_t last_second = 0;
  };
  // By the leading bits of the source's hash, that is in order of its number in the graph.
  static constexpr int kPartBits = 6;
  static constexpr std::size_t kParts = std::size_t{1} << kPartBits;
  static constexpr std::size_t kBlockRows = 8192;
  using Part = std::vector<std::vector<Row>>;  // blocks, so that growing copies nothing

  bool admit(const TransferBatch& batch, std::size_t row);
  Row row_of(const TransferBatch& batch, std::size_t row);
  void append(std::uint64_t source_hash, const Row& row);

  const PartRows* only_ = nullptr;  // null: all rows
  std::uint64_t appended_ = 0;
  AddressBook book_;
  std::array<Part, kParts> parts_;
  std::vector<Pair> pairs_;
  bool has_pairs_ = false;
  bool has_transactions_ = false;
  LoadCounts counts_;
};

}  // namespace aml::flows
