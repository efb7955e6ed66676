#include "validation/submission.h"

#include <fmt/format.h>

#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/src.hpp>
#include <cmath>
#include <limits>

#include "base/error.h"

namespace aml::validation {

namespace {

constexpr std::int64_t kBytesPerAlert = 2048;
constexpr std::int64_t kBytesBeside = 1 << 20;
constexpr std::size_t kLongestText = 1024;  // of a field that is kept
constexpr std::size_t kDeepest = 16;

enum Field : unsigned { kNone = 0, kAlertId = 1, kScore = 2, kModelVersion = 4, kLatency = 8 };
constexpr unsigned kAllFields = kAlertId | kScore | kModelVersion | kLatency;

Field field_of(std::string_view key) {
  if (key == "alert_id") return kAlertId;
  if (key == "score") return kScore;
  if (key == "model_version") return kModelVersion;
  if (key == "latency_ms") return kLatency;
  return kNone;
}

struct Row {
  std::string alert_id;
  std::string model_version;
  double score = 0;
  double latency_ms = 0;
  unsigned seen = 0;   // fields that are there
  unsigned wrong = 0;  // fields of the wrong type, or there twice
};

// Receives the events of Boost.JSON's push parser. The rows are the objects in the array "scores"
// of the outermost object; everything else is passed over.
class Handler {
 public:
  static constexpr std::size_t max_object_size = std::numeric_limits<std::size_t>::max();
  static constexpr std::size_t max_array_size = std::numeric_limits<std::size_t>::max();
  static constexpr std::size_t max_key_size = kLongestText;
  static constexpr std::size_t max_string_size = std::numeric_limits<std::size_t>::max();

  using Code = boost::json::error_code;
  using Text = boost::json::string_view;

  Handler(const AlertIndex& alerts, const SubmissionLimits& limits)
      : alerts_(alerts), limits_(limits), has_row_(alerts.size(), false) {
    submission_.scores.assign(alerts.size(), std::numeric_limits<double>::quiet_NaN());
  }

  bool on_document_begin(Code&) { return true; }
  bool on_document_end(Code&) { return true; }

  bool on_object_begin(Code&) {
    if (depth_ >= kRowDepth) value_of_wrong_type();
    ++depth_;
    if (in_rows_ && depth_ == kRowDepth) row_ = {};
    return true;
  }
  bool on_object_end(std::size_t, Code&) {
    if (in_rows_ && depth_ == kRowDepth && !end_row()) return false;
    --depth_;
    field_ = kNone;
    return true;
  }
  bool on_array_begin(Code&) {
    if (!value_of_wrong_type()) return false;
    ++depth_;
    if (depth_ == kRowDepth - 1 && top_key_ == "scores") {
      if (found_rows_) return refuse("holds two lists \"scores\"");
      in_rows_ = found_rows_ = true;
    }
    return true;
  }
  bool on_array_end(std::size_t, Code&) {
    if (depth_ == kRowDepth - 1) in_rows_ = false;
    --depth_;
    field_ = kNone;
    return true;
  }

  bool on_key_part(Text part, std::size_t, Code&) {
    key_.append(part.data(), part.size());
    return true;
  }
  bool on_key(Text part, std::size_t, Code&) {
    key_.append(part.data(), part.size());
    if (depth_ == 1) top_key_ = key_;
    field_ = in_rows_ && depth_ == kRowDepth ? field_of(key_) : kNone;
    if (field_ != kNone) {
      if ((row_.seen & field_) != 0) row_.wrong |= field_;
      row_.seen |= field_;
    }
    key_.clear();
    return true;
  }

  bool on_string_part(Text part, std::size_t, Code&) { return keep(part); }
  bool on_string(Text part, std::size_t, Code&) {
    if (!keep(part)) return false;
    if (in_rows_ && depth_ == kRowDepth - 1) return stray_value();
    if (field_ == kAlertId) row_.alert_id = text_;
    if (field_ == kModelVersion) row_.model_version = text_;
    if (field_ == kScore || field_ == kLatency) row_.wrong |= field_;
    if (depth_ == 1 && top_key_ == "processing_date") submission_.processing_date = text_;
    text_.clear();
    field_ = kNone;
    return true;
  }

  bool on_number_part(Text, Code&) { return true; }
  bool on_int64(std::int64_t value, Text, Code&) { return on_number(static_cast<double>(value)); }
  bool on_uint64(std::uint64_t value, Text, Code&) { return on_number(static_cast<double>(value)); }
  bool on_double(double value, Text, Code&) { return on_number(value); }
  bool on_bool(bool, Code&) { return value_of_wrong_type(); }
  bool on_null(Code&) { return value_of_wrong_type(); }
  bool on_comment_part(Text, Code&) { return true; }
  bool on_comment(Text, Code&) { return true; }

  const std::string& refusal() const { return refusal_; }

  Submission finish() {
    if (!found_rows_) {
      throw Error(ErrorKind::bad_input, "the submission holds no list \"scores\"");
    }
    for (const bool scored : has_row_) submission_.unscored += scored ? 0 : 1;
    if (latencies_ > 0) submission_.mean_latency_ms /= static_cast<double>(latencies_);
    return std::move(submission_);
  }

 private:
  static constexpr int kRowDepth = 3;  // object, array, row

  bool refuse(std::string why) {
    refusal_ = std::move(why);
    return false;
  }

  void note(const std::string& problem) {
    if (submission_.first_problem.empty()) {
      submission_.first_problem = fmt::format("row {}: {}", submission_.rows, problem);
    }
  }

  // Something that is no row stands in the list of rows.
  bool stray_value() {
    ++submission_.rows;
    ++submission_.malformed;
    note("is no object");
    text_.clear();
    return within_rows();
  }

  bool within_rows() {
    if (submission_.rows <= limits_.rows) return true;
    return refuse(fmt::format("has more than {} rows", limits_.rows));
  }

  bool value_of_wrong_type() {
    if (in_rows_ && depth_ == kRowDepth - 1) return stray_value();
    row_.wrong |= field_;
    field_ = kNone;
    return true;
  }

  // Collects a string, which may come in parts, where it is one of those that are kept.
  bool keep(Text part) {
    const bool is_wanted = field_ == kAlertId || field_ == kModelVersion ||
                           (depth_ == 1 && top_key_ == "processing_date");
    if (!is_wanted) return true;
    if (text_.size() + part.size() > kLongestText) {
      return refuse(fmt::format("row {} holds a text longer than {} bytes", submission_.rows + 1,
                                kLongestText));
    }
    text_.append(part.data(), part.size());
    return true;
  }

  bool on_number(double value) {
    if (in_rows_ && depth_ == kRowDepth - 1) return stray_value();
    if (field_ == kScore) row_.score = value;
    if (field_ == kLatency) row_.latency_ms = value;
    if (field_ == kAlertId || field_ == kModelVersion) row_.wrong |= field_;
    field_ = kNone;
    return true;
  }

  bool end_row() {
    const auto guess = static_cast<std::size_t>(submission_.rows);
    ++submission_.rows;
    if (!within_rows()) return false;
    if (row_.seen != kAllFields || row_.wrong != 0) {
      ++submission_.malformed;
      note(fmt::format("lacks a field or has it twice or of the wrong type: {}",
                       names((kAllFields & ~row_.seen) | row_.wrong)));
    }
    if ((row_.seen & kAlertId) == 0 || (row_.wrong & kAlertId) != 0) return true;
    const auto alert = alerts_.find(row_.alert_id, guess);
    if (!alert) {
      ++submission_.unknown;
      note("is of an alert that the snapshot does not have: " + row_.alert_id);
      return true;
    }
    if (has_row_[*alert]) {
      ++submission_.duplicates;
      note("is the second one of alert " + row_.alert_id);
      return true;
    }
    has_row_[*alert] = true;
    if (row_.seen == kAllFields && row_.wrong == 0) take_row(*alert);
    return true;
  }

  void take_row(std::size_t alert) {
    if (submission_.model_version.empty()) submission_.model_version = row_.model_version;
    if (std::isfinite(row_.latency_ms) && row_.latency_ms > 0) {
      submission_.mean_latency_ms += row_.latency_ms;
      ++latencies_;
    } else {
      ++submission_.bad_latencies;
      note(fmt::format("says that it took {} ms", row_.latency_ms));
    }
    if (!std::isfinite(row_.score) || row_.score < 0 || row_.score > 1) {
      ++submission_.out_of_range;
      note(fmt::format("has the score {}, which is not in [0, 1]", row_.score));
      return;
    }
    submission_.scores[alert] = row_.score;
  }

  static std::string names(unsigned fields) {
    std::string result;
    for (const auto& [field, name] : {std::pair{kAlertId, "alert_id"},
                                      {kScore, "score"},
                                      {kModelVersion, "model_version"},
                                      {kLatency, "latency_ms"}}) {
      if ((fields & field) != 0) result += (result.empty() ? "" : ", ") + std::string(name);
    }
    return result;
  }

  const AlertIndex& alerts_;
  SubmissionLimits limits_;
  Submission submission_;
  std::vector<bool> has_row_;
  std::int64_t latencies_ = 0;
  int depth_ = 0;
  bool in_rows_ = false;
  bool found_rows_ = false;
  std::string key_;
  std::string top_key_;  // of the outermost object
  std::string text_;
  Field field_ = kNone;  // of the row, whose value comes next
  Row row_;
  std::string refusal_;
};

boost::json::parse_options parse_options() {
  boost::json::parse_options options;
  options.max_depth = kDeepest;
  return options;
}

}  // namespace

SubmissionLimits limits_for(std::size_t alerts) {
  const auto count = static_cast<std::int64_t>(alerts);
  return {.bytes = kBytesBeside + kBytesPerAlert * count, .rows = 2 * count + 1};
}

struct SubmissionParser::State {
  State(const AlertIndex& alerts, const SubmissionLimits& given)
      : limits(given), parser(parse_options(), alerts, given) {}

  void write(bool more, std::string_view bytes) {
    boost::json::error_code code;
    const std::size_t used = parser.write_some(more, bytes.data(), bytes.size(), code);
    const std::string& refusal = parser.handler().refusal();
    if (!refusal.empty()) {
      throw Error(ErrorKind::bad_input, "the submission " + refusal);
    }
    if (code || used < bytes.size()) {
      throw Error(ErrorKind::bad_input,
                  fmt::format("the submission is no JSON: {} near byte {}",
                              code ? code.message() : "more follows after its end",
                              parsed + static_cast<std::int64_t>(used)));
    }
  }

  SubmissionLimits limits;
  boost::json::basic_parser<Handler> parser;
  std::int64_t parsed = 0;
};

SubmissionParser::SubmissionParser(const AlertIndex& alerts, const SubmissionLimits& limits)
    : state_(std::make_unique<State>(alerts, limits)) {}
SubmissionParser::~SubmissionParser() = default;

void SubmissionParser::feed(std::string_view bytes) {
  const auto size = static_cast<std::int64_t>(bytes.size());
  if (state_->parsed + size > state_->limits.bytes) {
    throw Error(ErrorKind::bad_input,
                fmt::format("the submission is larger than {} bytes", state_->limits.bytes));
  }
  state_->write(true, bytes);
  state_->parsed += size;
}

Submission SubmissionParser::finish() {
  state_->write(false, {});
  if (!state_->parser.done()) {
    throw Error(ErrorKind::bad_input, "the submission ends in the middle of its JSON");
  }
  Submission submission = state_->parser.handler().finish();
  submission.bytes = state_->parsed;
  return submission;
}

Submission parse_submission(std::string_view body, const AlertIndex& alerts,
                            const SubmissionLimits& limits) {
  SubmissionParser parser(alerts, limits);
  parser.feed(body);
  return parser.finish();
}

}  // namespace aml::validation
