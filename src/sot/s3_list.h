#pragma once

#include <string>
#include <vector>

#include "sot/s3_client.h"

namespace aml::sot {

// A list of folders may have so many pages and names, and no more: what a service gives without end
// would otherwise never end. A network's folder has one name a day.
inline constexpr int kMostListPages = 1'000;
inline constexpr std::size_t kMostListNames = 100'000;

// Names of the folders directly below `prefix` ("snapshots/bitcoin/"), sorted, none twice. Asks by
// version 2 of lists; a service that knows only version 1 is followed by its markers. The service's
// order does not matter; names that are not below `prefix` are passed over. Throws
// Error{unavailable} where a list is cut off without saying where it goes on, repeats itself, or is
// beyond the limits: a part of a list would be an older `latest`.
std::vector<std::string> list_folders(S3Client& client, const std::string& prefix);

}  // namespace aml::sot
