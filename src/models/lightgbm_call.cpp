#include "models/lightgbm_call.h"

#include <LightGBM/c_api.h>
#include <fmt/format.h>

#include "base/error.h"

namespace aml::models {

void silence_lightgbm() {
  LGBM_RegisterLogCallback([](const char*) {});
}

void check_lightgbm(int status, const char* action) {
  if (status == 0) return;
  throw Error(ErrorKind::bad_input,
              fmt::format("cannot {}: LightGBM: {}", action, LGBM_GetLastError()));
}

}  // namespace aml::models
