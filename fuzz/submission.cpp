// Bodies of submissions: whatever a miner sends, it is read within its limits or refused with a
// bad_input Error; what is read is JSON to another parser too, and reads the same after its spaces.
#include "validation/submission.h"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace {

using namespace aml::validation;

constexpr const char* kRefused = "refused";

// Everything a submission says, or that it was refused.
std::string read(std::string_view body, const AlertIndex& alerts) {
  try {
    const Submission s = parse_submission(body, alerts, {.bytes = 1 << 16, .rows = 64});
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
    return kRefused;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const AlertIndex alerts({"a", "b", "c"});
  const std::string body(reinterpret_cast<const char*>(data), size);
  const std::string whole = read(body, alerts);
  if (read(" \n" + body + "\t\r", alerts) != whole) std::abort();
  if (whole != kRefused && !nlohmann::json::accept(body)) std::abort();
  return 0;
}
