#include "forest/explain_kernel.h"

#if defined(__x86_64__)
#pragma GCC target("avx2")
#endif
#include "forest/explain_walk.h"

namespace aml::forest {

const ExplainKernels kExplainAvx2 = walks<4>();

}  // namespace aml::forest
