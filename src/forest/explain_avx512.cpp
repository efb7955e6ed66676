#include "forest/explain_kernel.h"

#if defined(__x86_64__)
#pragma GCC target("avx512f,avx512bw,avx512dq,avx512vl")
#endif
#include "forest/explain_walk.h"

namespace aml::forest {

const ExplainKernels kExplainAvx512 = walks<8>();

}  // namespace aml::forest
