#include "validation/vector_kernels.h"

#if defined(__x86_64__)
#pragma GCC target("avx512f,avx512bw,avx512dq,avx512vl")
#endif
#include "validation/vector_walk.h"

namespace aml::validation {

const VectorKernels kVectorAvx512 = kernels<16, 8>();

}  // namespace aml::validation
