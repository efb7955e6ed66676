#include "bittensor/secret.h"

#include <sys/prctl.h>
#include <sys/resource.h>

#include <cerrno>

#include "base/error.h"

namespace aml::bittensor {

void keep_memory_private() {
  const rlimit none{0, 0};
  if (::setrlimit(RLIMIT_CORE, &none) != 0 || ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) {
    throw system_error("cannot forbid core dumps, which would hold the key", errno);
  }
}

}  // namespace aml::bittensor
