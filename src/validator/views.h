#pragma once

#include <filesystem>
#include <string>

#include "validator/ledger.h"

// The bodies of the validator's API, as JSON. Those that take a date take "latest" too. Throw
// Error{not_found} where there is nothing of that date or hotkey, Error{usage} for what is no date.
namespace aml::validator {

// How much of a list: offset rows are skipped, at most `limit` given.
struct Slice {
  std::size_t offset = 0;
  std::size_t limit = static_cast<std::size_t>(-1);
};

std::string ensemble_scores(const std::filesystem::path& data_dir, const std::string& date,
                            const Slice& slice);
std::string ensemble_rankings(const std::filesystem::path& data_dir, const std::string& date,
                              const Slice& slice);
std::string validation_of_day(Ledger& ledger, const std::string& date);
std::string validation_of_miner(Ledger& ledger, const std::string& date, const std::string& hotkey);
std::string miner_rankings(Ledger& ledger);
std::string miner_history(Ledger& ledger, const std::string& hotkey);
std::string latest_weights(Ledger& ledger);
// What the chain says of this validator (chain_report.h); null where it was never read.
std::string chain_status(Ledger& ledger);

}  // namespace aml::validator
