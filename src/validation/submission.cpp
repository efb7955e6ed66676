#include "validation/submission.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <condition_variable>
#include <limits>
#include <mutex>
#include <utility>

#include "base/error.h"
#include "validation/json_reader.h"

namespace aml::validation {

namespace {

constexpr std::int64_t kBytesPerAlert = 2048;
constexpr std::int64_t kBytesBeside = 1 << 20;
constexpr std::size_t kLongestText = 1024;  // of a field that is kept

enum Field : unsigned { kNone = 0, kAlertId = 1, kScore = 2, kModelVersion = 4, kLatency = 8 };
constexpr unsigned kAllFields = kAlertId | kScore | kModelVersion | kLatency;

Field field_of(std::string_view key) {
  if (key == "alert_id") return kAlertId;
  if (key == "score") return kScore;
  if (key == "model_version") return kModelVersion;
  if (key == "latency_ms") return kLatency;
  return kNone;
}

// The beginning of a stranger's text, printable, for a reason that is published.
std::string shown(std::string_view text) {
  constexpr std::size_t kMost = 64;
  std::string result(text.substr(0, kMost));
  for (char& c : result) {
    if (c < ' ' || c > '~') c = '?';
  }
  return text.size() > kMost ? result + "..." : result;
}

struct Row {
  std::string_view alert_id;
  std::string_view model_version;
  double score = 0;
  double latency_ms = 0;
  unsigned seen = 0;   // fields that are there
  unsigned wrong = 0;  // fields of the wrong type, or there twice
};

// Takes the rows one by one and lines them up with the snapshot.
class Rows {
 public:
  Rows(const AlertIndex& alerts, const SubmissionLimits& limits)
      : alerts_(alerts), limits_(limits), has_row_(alerts.size(), 0) {
    submission_.scores.assign(alerts.size(), std::numeric_limits<double>::quiet_NaN());
  }

  void set_processing_date(std::string_view date) { submission_.processing_date = shown(date); }

  void add(const Row& row) {
    const auto guess = static_cast<std::size_t>(submission_.rows);
    count_row();
    const bool is_whole = row.seen == kAllFields && row.wrong == 0;
    if (!is_whole) {
      ++submission_.malformed;
      note([&] {
        return "lacks a field or has it twice or of the wrong type: " +
               names((kAllFields & ~row.seen) | row.wrong);
      });
    }
    if ((row.seen & kAlertId) == 0 || (row.wrong & kAlertId) != 0) return;
    const auto alert = alerts_.find(row.alert_id, guess);
    if (!alert) {
      ++submission_.unknown;
      note(
          [&] { return "is of an alert that the snapshot does not have: " + shown(row.alert_id); });
      return;
    }
    if (has_row_[*alert] != 0) {
      ++submission_.duplicates;
      note([&] { return "is the second one of alert " + shown(row.alert_id); });
      return;
    }
    has_row_[*alert] = 1;
    if (is_whole) take(row, *alert);
  }

  // Something that is no row stands in the list of rows.
  void add_stray() {
    count_row();
    ++submission_.malformed;
    note([] { return std::string("is no object"); });
  }

  std::int64_t count() const { return submission_.rows; }

  Submission finish() {
    for (const char scored : has_row_) submission_.unscored += scored != 0 ? 0 : 1;
    if (latencies_ > 0) submission_.mean_latency_ms /= static_cast<double>(latencies_);
    return std::move(submission_);
  }

 private:
  void count_row() {
    ++submission_.rows;
    if (submission_.rows > limits_.rows) {
      throw Error(ErrorKind::bad_input,
                  fmt::format("the submission has more than {} rows", limits_.rows));
    }
  }

  template <typename Problem>
  void note(const Problem& problem) {
    if (submission_.first_problem.empty()) {
      submission_.first_problem = fmt::format("row {}: {}", submission_.rows, problem());
    }
  }

  void take(const Row& row, std::size_t alert) {
    if (submission_.model_version.empty()) submission_.model_version = row.model_version;
    if (row.latency_ms > 0 && row.latency_ms <= kLongestLatencyMs) {
      submission_.mean_latency_ms += row.latency_ms;
      ++latencies_;
    } else {
      ++submission_.bad_latencies;
      note([&] { return fmt::format("says that it took {:g} ms", row.latency_ms); });
    }
    if (!std::isfinite(row.score) || row.score < 0 || row.score > 1) {
      ++submission_.out_of_range;
      note([&] { return fmt::format("has the score {}, which is not in [0, 1]", row.score); });
      return;
    }
    submission_.scores[alert] = row.score;
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
  std::vector<char> has_row_;
  std::int64_t latencies_ = 0;
};

// Reads a body's rows.
class BodyReader {
 public:
  BodyReader(JsonReader& json, Rows& rows) : json_(json), rows_(rows) {}

  void read() {
    bool found_rows = false;
    json_.read_object([&](std::string_view key, JsonValue value) {
      const JsonType type = JsonReader::type(value);
      if (key == "scores" && type == JsonType::array) {
        if (found_rows) {
          throw Error(ErrorKind::bad_input, "the submission holds two lists \"scores\"");
        }
        found_rows = true;
        read_rows(value);
      } else if (key == "processing_date" && type == JsonType::string) {
        rows_.set_processing_date(kept_text(value));
      } else {
        json_.pass_over(value, kFieldDepth);
      }
    });
    if (!found_rows) {
      throw Error(ErrorKind::bad_input, "the submission holds no list \"scores\"");
    }
  }

 private:
  static constexpr int kFieldDepth = 1;  // of the document's own fields
  static constexpr int kRowDepth = 2;    // object, array

  void read_rows(JsonValue list) {
    json_.read_array(list, [&](JsonValue value) {
      if (JsonReader::type(value) != JsonType::object) {
        json_.pass_over(value, kRowDepth);
        rows_.add_stray();
        return;
      }
      Row row;
      json_.read_object(value, [&](std::string_view key, JsonValue field) {
        read_field(field_of(key), field, row);
      });
      rows_.add(row);
    });
  }

  void read_field(Field field, JsonValue value, Row& row) {
    if ((row.seen & field) != 0) row.wrong |= field;
    row.seen |= field;
    const JsonType type = JsonReader::type(value);
    const bool is_text = field == kAlertId || field == kModelVersion;
    if (is_text && type == JsonType::string) {
      (field == kAlertId ? row.alert_id : row.model_version) = kept_text(value);
    } else if (field != kNone && !is_text && type == JsonType::number) {
      (field == kScore ? row.score : row.latency_ms) = JsonReader::number(value);
    } else {
      row.wrong |= field;
      json_.pass_over(value, kRowDepth + 1);
    }
  }

  std::string_view kept_text(JsonValue value) {
    const std::string_view text = json_.text(value);
    if (text.size() > kLongestText) {
      throw Error(ErrorKind::bad_input,
                  fmt::format("the submission's row {} holds a text longer than {} bytes",
                              rows_.count() + 1, kLongestText));
    }
    return text;
  }

  JsonReader& json_;
  Rows& rows_;
};

// Bodies that are being read take their bytes from here, and wait where too many are taken.
class Turns {
 public:
  void take(std::int64_t bytes) {
    std::unique_lock lock(mutex_);
    returned_.wait(lock, [&] { return taken_ == 0 || taken_ + bytes <= kMostBytesAtOnce; });
    taken_ += bytes;
  }
  void give_back(std::int64_t bytes) {
    {
      const std::lock_guard lock(mutex_);
      taken_ -= bytes;
    }
    returned_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable returned_;
  std::int64_t taken_ = 0;
};
Turns turns;

// What reading a body takes.
struct Memory {
  std::unique_ptr<char[]> room;
  std::size_t size = 0;
  JsonReader json;

  void make_room(std::size_t bytes) {
    if (bytes <= size) return;
    room = std::make_unique_for_overwrite<char[]>(bytes);
    size = bytes;
  }
};
// A thread keeps it for its next body: fresh memory must be asked for and is cleared first.
thread_local std::unique_ptr<Memory> kept_memory;
constexpr std::size_t kMostKept = 16 << 20;

}  // namespace

SubmissionLimits limits_for(std::size_t alerts) {
  const auto count = static_cast<std::int64_t>(alerts);
  return {.bytes = kBytesBeside + kBytesPerAlert * count, .rows = 2 * count + 1};
}

struct SubmissionReader::State {
  State(const AlertIndex& given_alerts, const SubmissionLimits& given_limits, std::int64_t size)
      : alerts(given_alerts), limits(given_limits), bytes(size) {
    turns.take(bytes);
    try {
      memory = kept_memory ? std::move(kept_memory) : std::make_unique<Memory>();
      memory->make_room(static_cast<std::size_t>(bytes) + JsonReader::kPadding);
    } catch (...) {
      turns.give_back(bytes);
      throw;
    }
  }
  ~State() {
    if (memory->size <= kMostKept) kept_memory = std::move(memory);
    memory.reset();
    turns.give_back(bytes);
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  const AlertIndex& alerts;
  SubmissionLimits limits;
  std::int64_t bytes;
  std::unique_ptr<Memory> memory;
};

SubmissionReader::SubmissionReader(const AlertIndex& alerts, const SubmissionLimits& limits,
                                   std::int64_t bytes) {
  if (bytes < 0 || bytes > limits.bytes) {
    throw Error(ErrorKind::bad_input,
                fmt::format("the submission is larger than {} bytes", limits.bytes));
  }
  state_ = std::make_unique<State>(alerts, limits, bytes);
}
SubmissionReader::~SubmissionReader() = default;

std::span<char> SubmissionReader::room() {
  return {state_->memory->room.get(), static_cast<std::size_t>(state_->bytes)};
}

Submission SubmissionReader::read() {
  Rows rows(state_->alerts, state_->limits);
  JsonReader& json = state_->memory->json;
  const std::span<const char> body = room();
  try {
    json.open(body);
    BodyReader(json, rows).read();
    json.close();
  } catch (const JsonError& e) {
    throw Error(ErrorKind::bad_input,
                fmt::format("the submission is no JSON: {} in row {}", e.what(), rows.count() + 1));
  }
  Submission submission = rows.finish();
  submission.bytes = state_->bytes;
  return submission;
}

Submission parse_submission(std::string_view body, const AlertIndex& alerts,
                            const SubmissionLimits& limits) {
  SubmissionReader reader(alerts, limits, std::ssize(body));
  std::copy(body.begin(), body.end(), reader.room().begin());
  return reader.read();
}

}  // namespace aml::validation
