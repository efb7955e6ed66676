#pragma once

#include <string>

// For the .cpp files that know LightGBM's C interface.
namespace aml::models {

// What LightGBM would print on this thread is dropped: what goes wrong comes back as an error.
void silence_lightgbm();

// What LightGBM says of the last call that failed on this thread, without the file and line of its
// own source.
std::string lightgbm_complaint();

// Throws Error{bad_input} with LightGBM's own words where a call's status is not 0. `action`
// completes "cannot …".
void check_lightgbm(int status, const char* action);

}  // namespace aml::models
