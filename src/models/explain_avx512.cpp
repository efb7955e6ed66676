#include "models/explain_kernel.h"

#if defined(__x86_64__)
#pragma GCC target("avx512f,avx512bw,avx512dq,avx512vl")
#endif
#include "models/explain_walk.h"

namespace aml::models {

const ExplainKernels kExplainAvx512 = walks<8>();

}  // namespace aml::models
