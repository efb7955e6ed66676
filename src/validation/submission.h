#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "validation/alert_index.h"

namespace aml::validation {

// One miner's alert scores for one day, lined up with the snapshot's alerts, and whatever was wrong
// with its rows.
struct Submission {
  std::string processing_date;    // as the submission says; empty where it does not
  std::string model_version;      // of the first row
  std::vector<double> scores;     // by alert number; NaN where there is no usable score
  std::int64_t rows = 0;          // in the submission
  std::int64_t bytes = 0;         // of its body
  std::int64_t duplicates = 0;    // rows of an alert that had a row before
  std::int64_t unknown = 0;       // rows of an alert that the snapshot does not have
  std::int64_t malformed = 0;     // rows that lack a field, or have one twice or of the wrong type
  std::int64_t out_of_range = 0;  // rows whose score is not finite or not in [0, 1]
  std::int64_t unscored = 0;      // alerts of the snapshot without any row
  double mean_latency_ms = 0;     // over the rows whose latency is believable
  // Rows whose latency is not positive (nothing takes no time) or over kLongestLatencyMs.
  std::int64_t bad_latencies = 0;
  std::string first_problem;  // of a row: which one and what
};

// A day: no alert of a day's batch takes longer. The sum over all rows of a submission is finite.
inline constexpr double kLongestLatencyMs = 86'400'000;

struct SubmissionLimits {
  std::int64_t bytes = 0;  // of the body
  std::int64_t rows = 0;
};
// Generous for honest submissions: explanations of 2 kB an alert, twice as many rows as alerts.
SubmissionLimits limits_for(std::size_t alerts);

// Bodies of together more bytes are not read at once, save one that is larger by itself: its memory
// is up to five times the body, four for the places of brackets and commas where it is made of
// them. This is twice the limit of a day of 50,000 alerts.
inline constexpr std::int64_t kMostBytesAtOnce = 208 << 20;

// Reads the body of a submission (the API's JSON, docs/api.md: {"scores": [{"alert_id", "score",
// "model_version", "latency_ms", …}], …}), of which nothing but the rows' own fields is kept. What
// is wrong with single rows is counted, not thrown. Numbers are rounded correctly; one beyond the
// range of a double is no JSON here.
class SubmissionReader {
 public:
  // `alerts` must outlive the reader. Throws Error{bad_input} where `bytes`, the size of the body,
  // exceeds the limit. Waits while other threads read more than kMostBytesAtOnce would leave: a
  // thread has one reader at a time.
  SubmissionReader(const AlertIndex& alerts, const SubmissionLimits& limits, std::int64_t bytes);
  ~SubmissionReader();
  SubmissionReader(const SubmissionReader&) = delete;
  SubmissionReader& operator=(const SubmissionReader&) = delete;

  // Where the body is to be put.
  std::span<char> room();
  // Once. Throws Error{bad_input} where the body is no JSON, nests too deep, holds no list "scores"
  // or more rows than the limit.
  Submission read();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// The same of a copy of `body`.
Submission parse_submission(std::string_view body, const AlertIndex& alerts,
                            const SubmissionLimits& limits);

}  // namespace aml::validation
