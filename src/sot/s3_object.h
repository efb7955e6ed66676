#pragma once

#include <optional>
#include <string>

#include "sot/object_store.h"
#include "sot/s3_client.h"

namespace aml::sot {

// Size and ETag of an object of the client's bucket, or nothing where there is none. A service that
// does not answer HEAD as it should is asked for the object's first byte.
std::optional<ObjectInfo> stat_object(S3Client& client, const std::string& key);

}  // namespace aml::sot
