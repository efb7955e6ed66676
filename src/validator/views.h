#pragma once

#include <filesystem>
#include <string>

#include "http/row_text.h"
#include "validator/ledger.h"

// The bodies of the validator's API, as JSON. Those that take a date take "latest" too. Throw
// Error{not_found} where there is nothing of that date or hotkey, Error{usage} for what is no date.
namespace aml::validator {

// A day's ensemble, by alert and by rank. Reading it takes time and memory: once for all who ask.
http::RowText ensemble_scores(const std::filesystem::path& data_dir, const std::string& date);
http::RowText ensemble_rankings(const std::filesystem::path& data_dir, const std::string& date);
std::string validation_of_day(Ledger& ledger, const std::string& date);
std::string validation_of_miner(Ledger& ledger, const std::string& date, const std::string& hotkey);
std::string miner_rankings(Ledger& ledger);
std::string miner_history(Ledger& ledger, const std::string& hotkey);
std::string latest_weights(Ledger& ledger);
// What the chain says of this validator (chain_report.h); null where it was never read.
std::string chain_status(Ledger& ledger);

}  // namespace aml::validator
