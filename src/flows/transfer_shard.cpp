#include "flows/transfer_shard.h"

#include <algorithm>
#include <string_view>

#include "base/error.h"
#include "flows/graph.h"

namespace aml::flows {

namespace {

constexpr std::int64_t kMostTransfers = std::numeric_limits<std::uint32_t>::max();

std::int64_t value_at(std::span<const std::int64_t> column, std::size_t row) {
  return column.empty() ? kMissing : column[row];
}

}  // namespace

// Counts what it turns away. The order is that of LoadCounts.
bool TransferShard::admit(const TransferBatch& batch, std::size_t row) {
  const std::string_view source = batch.source[row];
  const std::string_view dest = batch.dest[row];
  const std::int64_t amount = value_at(batch.amount, row);
  if (source.empty() || dest.empty()) return ++counts_.without_address, false;
  if (source == dest) return ++counts_.self_transfers, false;
  if (amount < 0 && amount != kMissing) return ++counts_.negative_amounts, false;
  if (has_pairs_) {
    if (value_at(batch.transfers, row) <= 0) return ++counts_.without_transfers, false;
  } else if (second_of(value_at(batch.time, row)) == 0) {
    return ++counts_.without_time, false;
  }
  return true;
}

// Of an admitted row, all but its ends.
TransferShard::Row TransferShard::row_of(const TransferBatch& batch, std::size_t row) {
  Row made;
  made.second = second_of(value_at(batch.time, row));
  const std::int64_t amount = value_at(batch.amount, row);
  made.amount = amount > 0 ? std::min(amount, kLargestAmount) : kUnpriced;
  if (!batch.transaction.empty()) made.transaction = batch.transaction[row];
  if (!batch.row_hash.empty()) made.row_hash = batch.row_hash[row];
  if (has_pairs_) {
    made.pair = static_cast<std::uint32_t>(pairs_.size());
    const std::uint32_t last = second_of(value_at(batch.last_time, row));
    pairs_.push_back({static_cast<std::uint32_t>(std::min(batch.transfers[row], kMostTransfers)),
                      std::max(last, made.second)});
  }
  return made;
}

void TransferShard::append(std::uint64_t source_hash, const Row& row) {
  Part& part = parts_[source_hash >> (64 - kPartBits)];
  if (part.empty() || part.back().size() == kBlockRows) {
    part.emplace_back();
    part.back().reserve(kBlockRows);
  }
  part.back().push_back(row);
  ++appended_;
}

void TransferShard::add(const TransferBatch& batch) {
  has_pairs_ = !batch.transfers.empty();
  has_transactions_ |= !batch.transaction.empty();
  if (appended_ + batch.rows() > kMostTransfers) {
    throw Error(ErrorKind::bad_input, "there are more money flows than 32 bits can number");
  }
  std::vector<std::size_t> rows;
  std::vector<std::string_view> ends;  // source and dest of each row
  rows.reserve(batch.rows());
  ends.reserve(2 * batch.rows());
  std::vector<std::uint64_t> hashes;
  hashes.reserve(2 * batch.rows());
  std::uint32_t earlier = 0;
  for (std::size_t row = 0; row < batch.rows(); ++row) {
    if (!admit(batch, row)) continue;
    ++counts_.kept;
    const std::uint32_t second = second_of(value_at(batch.time, row));
    counts_.out_of_order += second < earlier;
    earlier = second;
    const std::uint64_t source = AddressBook::hash_of(batch.source[row]);
    const std::uint64_t dest = AddressBook::hash_of(batch.dest[row]);
    if (only_ != nullptr && !only_->contains(source, dest, second)) continue;
    rows.push_back(row);
    ends.push_back(batch.source[row]);
    ends.push_back(batch.dest[row]);
    hashes.push_back(source);
    hashes.push_back(dest);
  }
  std::vector<Address> numbers(ends.size());
  book_.number(ends, hashes, numbers);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    Row row = row_of(batch, rows[i]);
    row.source = numbers[2 * i];
    row.dest = numbers[2 * i + 1];
    append(hashes[2 * i], row);
  }
}

}  // namespace aml::flows
