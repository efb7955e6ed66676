#include "models/lightgbm_call.h"

#include <LightGBM/c_api.h>
#include <fmt/format.h>

#include <regex>

#include "base/error.h"

namespace aml::models {

void silence_lightgbm() {
  LGBM_RegisterLogCallback([](const char*) {});
}

std::string lightgbm_complaint() {
  static const std::regex place(R"( at \S+, line \d+\s*\.?)");
  return std::regex_replace(LGBM_GetLastError(), place, "");
}

void check_lightgbm(int status, const char* action) {
  if (status == 0) return;
  throw Error(ErrorKind::bad_input,
              fmt::format("cannot {}: LightGBM: {}", action, lightgbm_complaint()));
}

}  // namespace aml::models
