// Bodies of submissions: whatever a miner sends, it is read within its limits or refused with a
// bad_input Error, and in pieces of any size it reads the same.
#include "validation/submission.h"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace {

using namespace aml::validation;

// Everything a submission says, or why it was refused.
std::string read(std::string_view body, const AlertIndex& alerts, std::size_t piece) {
  try {
    SubmissionParser parser(alerts, {.bytes = 1 << 16, .rows = 64});
    for (std::size_t at = 0; at < body.size(); at += piece) parser.feed(body.substr(at, piece));
    const Submission s = parser.finish();
    std::string text = s.processing_date + s.first_problem;
    for (const std::int64_t n : {s.rows, s.duplicates, s.unknown, s.malformed, s.out_of_range,
                                 s.unscored, s.bad_latencies}) {
      if (n < 0) std::abort();
      text += " " + std::to_string(n);
    }
    for (const double score : s.scores) {
      if (!std::isnan(score) && !(score >= 0 && score <= 1)) std::abort();
      text += " " + std::to_string(score);
    }
    return text;
  } catch (const aml::Error& e) {
    if (e.kind() != aml::ErrorKind::bad_input) std::abort();
    return "refused";
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const AlertIndex alerts({"a", "b", "c"});
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  const std::string whole = read(body, alerts, size + 1);
  if (read(body, alerts, 1) != whole || read(body, alerts, 7) != whole) std::abort();
  return 0;
}
