#include "models/explain_kernel.h"

#if defined(__x86_64__)
#pragma GCC target("avx2")
#endif
#include "models/explain_walk.h"

namespace aml::models {

const ExplainKernels kExplainAvx2 = walks<4>();

}  // namespace aml::models
